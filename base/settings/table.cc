#include <algorithm>
#include <limits>

#include "base/settings/settings_table.h"

namespace millrace {
namespace {

using enum SettingType;
using enum SettingScope;
using enum SettingEffect;

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kIntMax = 2147483647;
constexpr SettingRange kAny{};
constexpr SettingRange kFromMinusOne{-1, kInfinite};
constexpr SettingRange kFromZero{0, kInfinite};
constexpr SettingRange kFromOne{1, kInfinite};

// clang-format off: a table
constexpr SettingSpec kSettings[] = {
  // Identity
  {"process.roles", kList, "", kNode, kWorks, "What the node does: broker, controller or both. Empty means both."},
  {"node.id", kInt, "1", kNode, kWorks, "The node's number, unique in the cluster.", {0, kIntMax}, "", "none"},
  {"broker.id", kInt, "", kNode, kNoEffect, "Kafka's old name of node.id.", kFromMinusOne, "", "-1"},
  {"broker.rack", kString, "", kNode, kWorks, "Rack or availability zone of the node, told to clients."},
  {"controller.quorum.voters", kList, "", kNode, kWorks, "Where the first voters of the metadata quorum are found: ID@HOST:PORT of their controller listeners. Who votes is in the metadata itself."},
  {"controller.quorum.bootstrap.servers", kList, "", kNode, kWorks, "Where to look for the metadata quorum: HOST:PORT of controller listeners. Without it and controller.quorum.voters a node forms a quorum of its own."},
  {"controller.quorum.auto.join.enable", kBool, "false", kNode, kWorks, "Whether a controller that has no vote asks for one by itself once it has caught up."},
  // Network
  {"listeners", kList, "PLAINTEXT://127.0.0.1:9092", kNode, kWorks, "Addresses to listen on: NAME://HOST:PORT. An empty host means all addresses, port 0 any free one.", kAny, "", "PLAINTEXT://:9092"},
  {"advertised.listeners", kList, "", kNode, kWorks, "Addresses that clients are told. Empty: those of listeners."},
  {"listener.security.protocol.map", kString, "", kNode, kWorks, "Protocol of each listener: NAME:PROTOCOL. Only PLAINTEXT works so far.", kAny, "", "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"},
  {"inter.broker.listener.name", kString, "", kNode, kNoEffect, "Listener for traffic between brokers."},
  {"security.inter.broker.protocol", kString, "PLAINTEXT", kNode, kRefused, "Protocol between brokers."},
  {"controller.listener.names", kList, "", kNode, kWorks, "The listener for other nodes: the metadata quorum, later replication. Not for clients."},
  {"num.network.threads", kInt, "3", kNode, kNoEffect, "Threads of Kafka's network layer; see millrace.loops.", kFromOne},
  {"num.io.threads", kInt, "8", kNode, kNoEffect, "Threads of Kafka's request handlers; see millrace.loops.", kFromOne},
  {"background.threads", kInt, "10", kNode, kNoEffect, "Threads of Kafka's background work.", kFromOne},
  {"socket.send.buffer.bytes", kInt, "-1", kNode, kNoEffect, "Send buffer of a socket; here the system decides.", kFromMinusOne, "", "102400"},
  {"socket.receive.buffer.bytes", kInt, "-1", kNode, kNoEffect, "Receive buffer of a socket; here the system decides.", kFromMinusOne, "", "102400"},
  {"socket.request.max.bytes", kInt, "104857600", kNode, kWorks, "Largest request.", {1024, kIntMax}},
  {"socket.listen.backlog.size", kInt, "50", kNode, kNoEffect, "Connections that wait to be accepted.", kFromOne},
  {"queued.max.requests", kInt, "500", kNode, kNoEffect, "Requests that wait; here bytes bound them, see millrace.inflight.bytes.", kFromOne},
  {"queued.max.request.bytes", kLong, "-1", kNode, kNoEffect, "Bytes of requests that wait; see millrace.inflight.bytes.", kFromMinusOne},
  {"max.connections", kInt, "0", kNode, kWorks, "Connections at a time; 0: what the limit of open files leaves.", kFromZero, "", "2147483647"},
  {"max.connections.per.ip", kInt, "2147483647", kNode, kWorks, "Connections at a time from one address.", kFromZero},
  {"connections.max.idle.ms", kLong, "600000", kNode, kWorks, "A connection without requests is closed after this long.", kFromOne},
  // Log
  {"log.dirs", kList, "./millrace-data", kNode, kWorks, "Directory of the data. One only so far.", kAny, "", "none"},
  {"log.dir", kList, "", kNode, kWorks, "Used where log.dirs is not set.", kAny, "", "/tmp/kafka-logs"},
  {"metadata.log.dir", kString, "", kNode, kRefused, "Directory of the metadata log; it lies in log.dirs."},
  {"remote.log.storage.system.enable", kBool, "false", kNode, kRefused, "Whether old segments may move to an object store."},
  {"cordoned.log.dirs", kList, "", kNode, kRefused, "Directories that get no new partitions."},
  {"num.partitions", kInt, "1", kCluster, kWorks, "Partitions of a new topic that does not say.", {1, 100000}},
  {"default.replication.factor", kInt, "1", kCluster, kWorks, "Replicas of a new topic that does not say. One node keeps one.", {1, 32767}},
  {"min.insync.replicas", kInt, "1", kCluster, kWorks, "Replicas that have to be in sync for acks=all.", kFromOne},
  {"auto.create.topics.enable", kBool, "false", kNode, kWorks, "Whether using an unknown topic creates it.", kAny, "", "true"},
  {"delete.topic.enable", kBool, "true", kNode, kWorks, "Whether topics can be deleted."},
  {"log.retention.ms", kLong, "", kCluster, kWorks, "How long records are kept; -1 for ever.", kFromMinusOne},
  {"log.retention.minutes", kInt, "", kNode, kWorks, "Used where log.retention.ms is not set.", kFromMinusOne},
  {"log.retention.hours", kInt, "168", kNode, kWorks, "Used where neither ms nor minutes is set.", kFromMinusOne},
  {"log.retention.bytes", kLong, "-1", kCluster, kWorks, "Bytes of a partition that are kept; -1 all.", kFromMinusOne},
  {"log.retention.check.interval.ms", kLong, "300000", kNode, kWorks, "How often retention is applied.", kFromOne},
  {"log.segment.bytes", kInt, "1073741824", kCluster, kWorks, "Size of a segment file.", {14, kIntMax}},
  {"log.roll.ms", kLong, "", kCluster, kWorks, "Age at which a segment is closed.", kFromOne},
  {"log.roll.hours", kInt, "168", kNode, kWorks, "Used where log.roll.ms is not set.", kFromOne},
  {"log.roll.jitter.ms", kLong, "", kCluster, kWorks, "At most so much is taken off log.roll.ms, by chance.", kFromZero},
  {"log.roll.jitter.hours", kInt, "0", kNode, kWorks, "Used where log.roll.jitter.ms is not set.", kFromZero},
  {"log.cleanup.policy", kList, "delete", kCluster, kWorks, "delete: retention removes old records. compact is accepted, compaction does not run yet.", kAny, "delete|compact"},
  {"log.segment.delete.delay.ms", kLong, "60000", kCluster, kNoEffect, "Time between renaming and removing a file.", kFromZero},
  {"log.flush.interval.messages", kLong, "9223372036854775807", kCluster, kNoEffect, "Records between two syncs; see millrace.durability.", kFromOne},
  {"log.flush.interval.ms", kLong, "", kCluster, kNoEffect, "Time between two syncs; see millrace.durability.", kFromZero},
  {"log.index.interval.bytes", kInt, "4096", kCluster, kWorks, "Bytes between two entries of the offset index.", kFromZero},
  {"log.index.size.max.bytes", kInt, "10485760", kCluster, kWorks, "Size of an index; a full one closes its segment.", {4, kIntMax}},
  {"log.preallocate", kBool, "false", kCluster, kWorks, "Whether the disk space of a segment is reserved when it is made."},
  {"num.recovery.threads.per.data.dir", kInt, "2", kNode, kNoEffect, "Threads that open logs at start.", kFromOne},
  {"message.max.bytes", kInt, "1048588", kCluster, kWorks, "Largest batch of records, compressed.", kFromZero},
  {"fetch.max.bytes", kInt, "57671680", kNode, kWorks, "Most that one fetch answers.", {1024, kIntMax}},
  {"log.message.timestamp.type", kString, "CreateTime", kCluster, kWorks, "Whose clock stamps the records.", kAny, "CreateTime|LogAppendTime"},
  {"log.message.timestamp.before.max.ms", kLong, "9223372036854775807", kCluster, kWorks, "How far a timestamp may lie in the past.", kFromZero},
  {"log.message.timestamp.after.max.ms", kLong, "3600000", kCluster, kWorks, "How far a timestamp may lie in the future.", kFromZero},
  {"compression.type", kString, "producer", kCluster, kWorks, "Compression of stored records. producer keeps the batch as it came; others are accepted and treated the same.", kAny, "producer|uncompressed|gzip|snappy|lz4|zstd"},
  {"compression.gzip.level", kInt, "-1", kCluster, kNoEffect, "Level of gzip.", {-1, 9}},
  {"compression.lz4.level", kInt, "9", kCluster, kNoEffect, "Level of lz4.", {1, 17}},
  {"compression.zstd.level", kInt, "3", kCluster, kNoEffect, "Level of zstd.", {-131072, 22}},
  // Producers
  {"producer.id.expiration.ms", kInt, "86400000", kNode, kWorks, "An idle producer is forgotten after this long.", kFromOne},
  {"producer.id.expiration.check.interval.ms", kInt, "600000", kNode, kNoEffect, "How often that is looked for.", kFromOne},
  // Replication
  {"replica.lag.time.max.ms", kLong, "5000", kNode, kNoEffect, "A replica that lags this long leaves the in-sync set.", kFromOne, "", "30000"},
  {"num.replica.fetchers", kInt, "1", kNode, kNoEffect, "Streams of replication.", kFromOne},
  {"unclean.leader.election.enable", kBool, "false", kCluster, kRefused, "Whether a replica that misses records may lead."},
  {"auto.leader.rebalance.enable", kBool, "true", kNode, kNoEffect, "Whether leadership goes back to the first replica."},
  {"replica.selector.class", kString, "", kNode, kNoEffect, "Choice of the replica to read from; client.rack is honoured without it."},
  {"broker.session.timeout.ms", kInt, "3000", kNode, kWorks, "A silent broker is taken out after this long.", kFromOne, "", "9000"},
  {"broker.heartbeat.interval.ms", kInt, "500", kNode, kWorks, "Time between two signs of life.", kFromOne, "", "2000"},
  {"controlled.shutdown.enable", kBool, "true", kNode, kNoEffect, "Whether a stopping node hands over first."},
  // Groups and transactions, which do not exist yet, have families below; these are in every file
  {"offsets.topic.replication.factor", kInt, "1", kNode, kNoEffect, "Replicas of the topic of offsets.", kFromOne, "", "3"},
  {"transaction.state.log.replication.factor", kInt, "1", kNode, kNoEffect, "Replicas of the topic of transactions.", kFromOne, "", "3"},
  {"transaction.state.log.min.isr", kInt, "1", kNode, kNoEffect, "Replicas in sync of the topic of transactions.", kFromOne, "", "2"},
  // Security
  {"authorizer.class.name", kString, "", kNode, kRefused, "Who decides what is allowed. Nothing is checked so far."},
  {"super.users", kList, "", kNode, kRefused, "Users who may do everything."},
  {"allow.everyone.if.no.acl.found", kBool, "false", kNode, kNoEffect, "What holds where no rule does."},
  {"principal.builder.class", kString, "", kNode, kRefused, "Makes users out of certificates."},
  {"delegation.token.secret.key", kPassword, "", kNode, kRefused, "Key of delegation tokens."},
  // Ours
  {"millrace.durability", kString, "fsync", kCluster, kWorks, "What an acknowledgement means: fsync, the records survive a power cut; memory, as Kafka does, they may not.", kAny, "fsync|memory", "memory"},
  {"millrace.validate.records", kBool, "false", kCluster, kWorks, "Whether the records inside a batch are checked, not only its header."},
  {"millrace.http.listener", kString, "127.0.0.1:9644", kNode, kWorks, "HOST:PORT of /metrics and health; empty: none."},
  {"millrace.peer.tls.certificate.file", kString, "", kNode, kWorks, "This node's certificate for other nodes, PEM, as millrace tls issue writes it. Read again when it changes, as are the next two."},
  {"millrace.peer.tls.key.file", kString, "", kNode, kWorks, "The key of that certificate, PEM."},
  {"millrace.peer.tls.ca.file", kString, "", kNode, kWorks, "The authority that has issued the certificates of all nodes, PEM."},
  {"millrace.peer.plaintext", kString, "", kNode, kWorks, "allow: nodes talk to each other without TLS, and anybody who reaches the port is taken for a node. For tests alone.", kAny, "|allow"},
  {"millrace.loops", kInt, "0", kNode, kWorks, "Event loops; 0: one a core.", {0, 1024}},
  {"millrace.io.threads", kInt, "8", kNode, kWorks, "Threads that sync files and read what is not in memory.", {1, 256}},
  {"millrace.journal.bytes", kLong, "134217728", kNode, kWorks, "Size of each of the two journal files of the data directory.", {1048576, 1099511627776.0}},
  {"millrace.inflight.bytes", kLong, "268435456", kNode, kWorks, "Bytes of requests and replies in memory; above it the node stops reading.", {1048576, kInfinite}},
  {"millrace.connection.inflight.bytes", kLong, "104857600", kNode, kWorks, "The same for one connection.", {1024, kInfinite}},
  {"millrace.partitions.max", kInt, "10000", kNode, kWorks, "Partitions of the node; more are refused.", {1, 1000000}},
  {"millrace.producers.per.partition.max", kInt, "10000", kNode, kWorks, "Producers that a partition remembers.", kFromOne},
  {"millrace.fast.fence.enable", kBool, "true", kNode, kWorks, "Whether a broker whose process is proven dead is taken out at once; off: only after its session. Switch it off where a proxy or address translation answers for brokers."},
  {"millrace.log.level", kString, "info", kNode, kWorks, "Least severe lines that are logged.", kAny, "debug|info|warn|error"},
  // Topic settings
  {"cleanup.policy", kList, "delete", kTopic, kWorks, "delete: retention removes old records. compact is accepted, compaction does not run yet.", kAny, "delete|compact", "", {{{"log.cleanup.policy"}}}},
  {"retention.ms", kLong, "604800000", kTopic, kWorks, "How long records are kept; -1 for ever.", kFromMinusOne, "", "", {{{"log.retention.ms"}, {"log.retention.minutes", 60000}, {"log.retention.hours", 3600000}}}},
  {"retention.bytes", kLong, "-1", kTopic, kWorks, "Bytes of a partition that are kept; -1 all.", kFromMinusOne, "", "", {{{"log.retention.bytes"}}}},
  {"segment.bytes", kInt, "1073741824", kTopic, kWorks, "Size of a segment file.", {14, kIntMax}, "", "", {{{"log.segment.bytes"}}}},
  {"segment.ms", kLong, "604800000", kTopic, kWorks, "Age at which a segment is closed.", kFromOne, "", "", {{{"log.roll.ms"}, {"log.roll.hours", 3600000}}}},
  {"segment.jitter.ms", kLong, "0", kTopic, kWorks, "At most so much is taken off segment.ms, by chance.", kFromZero, "", "", {{{"log.roll.jitter.ms"}, {"log.roll.jitter.hours", 3600000}}}},
  {"segment.index.bytes", kInt, "10485760", kTopic, kWorks, "Size of an index; a full one closes its segment.", {4, kIntMax}, "", "", {{{"log.index.size.max.bytes"}}}},
  {"min.insync.replicas", kInt, "1", kTopic, kWorks, "Replicas that have to be in sync for acks=all.", kFromOne, "", "", {{{"min.insync.replicas"}}}},
  {"max.message.bytes", kInt, "1048588", kTopic, kWorks, "Largest batch of records, compressed.", kFromZero, "", "", {{{"message.max.bytes"}}}},
  {"compression.type", kString, "producer", kTopic, kWorks, "Compression of stored records. producer keeps the batch as it came; others are accepted and treated the same.", kAny, "producer|uncompressed|gzip|snappy|lz4|zstd", "", {{{"compression.type"}}}},
  {"compression.gzip.level", kInt, "-1", kTopic, kNoEffect, "Level of gzip.", {-1, 9}, "", "", {{{"compression.gzip.level"}}}},
  {"compression.lz4.level", kInt, "9", kTopic, kNoEffect, "Level of lz4.", {1, 17}, "", "", {{{"compression.lz4.level"}}}},
  {"compression.zstd.level", kInt, "3", kTopic, kNoEffect, "Level of zstd.", {-131072, 22}, "", "", {{{"compression.zstd.level"}}}},
  {"message.timestamp.type", kString, "CreateTime", kTopic, kWorks, "Whose clock stamps the records.", kAny, "CreateTime|LogAppendTime", "", {{{"log.message.timestamp.type"}}}},
  {"message.timestamp.before.max.ms", kLong, "9223372036854775807", kTopic, kWorks, "How far a timestamp may lie in the past.", kFromZero, "", "", {{{"log.message.timestamp.before.max.ms"}}}},
  {"message.timestamp.after.max.ms", kLong, "3600000", kTopic, kWorks, "How far a timestamp may lie in the future.", kFromZero, "", "", {{{"log.message.timestamp.after.max.ms"}}}},
  {"min.compaction.lag.ms", kLong, "0", kTopic, kNoEffect, "Least age of a record that compaction removes.", kFromZero},
  {"max.compaction.lag.ms", kLong, "9223372036854775807", kTopic, kNoEffect, "Age at which compaction has to run.", kFromOne},
  {"min.cleanable.dirty.ratio", kDouble, "0.5", kTopic, kNoEffect, "Share of a log that makes compaction worth it.", {0, 1}},
  {"delete.retention.ms", kLong, "86400000", kTopic, kNoEffect, "How long compaction keeps tombstones.", kFromZero},
  {"file.delete.delay.ms", kLong, "60000", kTopic, kNoEffect, "Time between renaming and removing a file.", kFromZero, "", "", {{{"log.segment.delete.delay.ms"}}}},
  {"flush.messages", kLong, "9223372036854775807", kTopic, kNoEffect, "Records between two syncs; see millrace.durability.", kFromOne, "", "", {{{"log.flush.interval.messages"}}}},
  {"flush.ms", kLong, "9223372036854775807", kTopic, kNoEffect, "Time between two syncs; see millrace.durability.", kFromZero, "", "", {{{"log.flush.interval.ms"}}}},
  {"index.interval.bytes", kInt, "4096", kTopic, kWorks, "Bytes between two entries of the offset index.", kFromZero, "", "", {{{"log.index.interval.bytes"}}}},
  {"preallocate", kBool, "false", kTopic, kWorks, "Whether the disk space of a segment is reserved when it is made.", kAny, "", "", {{{"log.preallocate"}}}},
  {"unclean.leader.election.enable", kBool, "false", kTopic, kRefused, "Whether a replica that misses records may lead.", kAny, "", "", {{{"unclean.leader.election.enable"}}}},
  {"remote.storage.enable", kBool, "false", kTopic, kRefused, "Whether old segments move to an object store."},
  {"remote.log.copy.disable", kBool, "false", kTopic, kNoEffect, "Whether moving them has stopped."},
  {"remote.log.delete.on.disable", kBool, "false", kTopic, kNoEffect, "Whether they go when moving is switched off."},
  {"local.retention.ms", kLong, "-2", kTopic, kNoEffect, "How long segments stay here besides; -2: as retention.ms.", {-2, kInfinite}},
  {"local.retention.bytes", kLong, "-2", kTopic, kNoEffect, "Bytes that stay here besides; -2: as retention.bytes.", {-2, kInfinite}},
  {"leader.replication.throttled.replicas", kList, "", kTopic, kNoEffect, "Replicas whose sending is throttled."},
  {"follower.replication.throttled.replicas", kList, "", kTopic, kNoEffect, "Replicas whose receiving is throttled."},
  {"millrace.durability", kString, "fsync", kTopic, kWorks, "What an acknowledgement means: fsync, the records survive a power cut; memory, as Kafka does, they may not.", kAny, "fsync|memory", "memory", {{{"millrace.durability"}}}},
  {"millrace.validate.records", kBool, "false", kTopic, kWorks, "Whether the records inside a batch are checked, not only its header.", kAny, "", "", {{{"millrace.validate.records"}}}},
};
// clang-format on

}  // namespace

std::span<const SettingSpec> all_settings() {
  return kSettings;
}
const SettingSpec* find_setting(std::string_view name, SettingScope scope) {
  const bool topic = scope == SettingScope::kTopic;
  const auto* found = std::find_if(std::begin(kSettings), std::end(kSettings), [&](const auto& s) {
    return s.name == name && (s.scope == SettingScope::kTopic) == topic;
  });
  return found == std::end(kSettings) ? nullptr : found;
}

}  // namespace millrace
