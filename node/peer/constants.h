#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "node/peer/identity.h"

/// Every figure of the traffic between nodes. gRPC's own defaults break each promise about
/// liveness: its back-off grows to 120 s, a connect waits 20 s, equal channels share a connection,
/// pings stop after two, and 4 MiB is the largest message.
namespace millrace::node {

using std::chrono::milliseconds;

/// Versions of the frames that this program speaks: docs/formats/peer.md.
inline constexpr VersionRange kFrameVersions{1, 1};

inline constexpr milliseconds kBackOffMin{50};
inline constexpr milliseconds kBackOffMax{1000};
inline constexpr milliseconds kConnectTimeout{1000};
/// From the first byte to the end of both Hellos.
inline constexpr milliseconds kHandshakeTimeout{2000};
/// A ping after this long without data, and the connection is dead this long after the ping.
inline constexpr milliseconds kKeepaliveInterval{1000};
inline constexpr milliseconds kKeepaliveTimeout{2000};
/// The other side's pings may come this close together; half of what it uses.
inline constexpr milliseconds kPingIntervalMin{500};
inline constexpr int kMetadataBytesMax = 8 << 10;
/// Calls at one time on one connection: its stream and the questions.
inline constexpr int kCallsPerConnectionMax = 1024;

/// The largest entry of the metadata log (32 MiB) and what surrounds it.
inline constexpr std::size_t kFrameBytesMax = 33 << 20;
inline constexpr std::size_t kEntriesPerMessageMax = 20'000;
inline constexpr std::size_t kVotersMax = 100;
inline constexpr std::size_t kTextBytesMax = 4 << 10;

/// Of what waits to leave to one node. The newest is dropped: the older ones are still a run
/// without a gap, and raft sends again what it gets no reply to.
inline constexpr std::size_t kQueueFramesMax = 1024;
inline constexpr std::size_t kQueueBytesMax = 64 << 20;
/// Questions to one node that wait for their answers.
inline constexpr std::size_t kAsksPerNodeMax = 512;
/// Streams that others may have open to this node.
inline constexpr std::size_t kIncomingStreamsMax = 2048;

inline constexpr int kProbes = 3;
inline constexpr milliseconds kProbeInterval{50};
inline constexpr milliseconds kProbeTimeout{1000};

/// How soon a renewed certificate is noticed.
inline constexpr std::chrono::seconds kCertificateRefresh{1};

}  // namespace millrace::node
