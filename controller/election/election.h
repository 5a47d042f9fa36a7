#pragma once

#include <functional>
#include <optional>

#include "controller/metadata/image.h"

/// Who leads a partition: pure functions of its state and of who is alive. Only a member of the ISR
/// ever leads; nothing here elects another one.
namespace millrace::controller {

using IsAlive = std::function<bool(NodeId)>;

/// The first replica of the assignment that is alive and in the ISR; kNoNode when none is.
NodeId preferred_leader(const Partition& partition, const IsAlive& is_alive);

/// The state in which only the living are in the ISR, except a last member, who alone may have
/// everything: the leader if it was in the ISR, else its first member. A leader that is alive
/// stays, otherwise the preferred one leads. Nothing when the state is so already.
std::optional<Partition> elected(const Partition& partition, const IsAlive& is_alive);

/// The state in which `replica`, which misses records, is out of the ISR even as its last member.
/// It has them again when a leader says so; without any member nobody ever leads. `directory` is
/// where the replica lies from now on. Nothing when the state is so already.
std::optional<Partition> without(const Partition& partition, NodeId replica, DirectoryId directory,
                                 const IsAlive& is_alive);

/// The state led by another living member of the ISR than `leader`, which stays in it. Nothing when
/// `leader` does not lead or there is no other.
std::optional<Partition> handed_over(const Partition& partition, NodeId leader,
                                     const IsAlive& is_alive);

}  // namespace millrace::controller
