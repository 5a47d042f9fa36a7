#include <algorithm>

#include "base/settings/settings_table.h"

namespace millrace {
namespace {

using enum SettingEffect;

// clang-format off: a table
constexpr SettingFamily kFamilies[] = {
  {"ssl.*", kRefused, "TLS does not exist yet, and without it the data would travel in the clear"},
  {"sasl.*", kRefused, "SASL does not exist yet, and without it everybody would be let in"},
  {"listener.name.*", kRefused, "security of single listeners does not exist yet"},
  {"zookeeper.*", kRefused, "there is no ZooKeeper here: the node keeps its own metadata"},
  {
   "alter.config.policy.class.name client.quota.callback.class create.topic.policy.class.name",
   kRefused, "policies do not exist, and without one everything would be allowed"},
  {"config.providers", kRefused, "values that lie elsewhere are not looked up"},
  {
   "follower.fetch.last.tiered.offset.enable log.local.retention.bytes log.local.retention.ms "
   "remote.fetch.max.wait.ms remote.list.offsets.request.timeout.ms "
   "remote.log.index.file.cache.total.size.bytes remote.log.index.file.cache.ttl.ms "
   "remote.log.manager.copier.thread.pool.size remote.log.manager.copy.max.bytes.per.second "
   "remote.log.manager.copy.quota.window.num remote.log.manager.copy.quota.window.size.seconds "
   "remote.log.manager.expiration.thread.pool.size remote.log.manager.fetch.max.bytes.per.second "
   "remote.log.manager.fetch.quota.window.num remote.log.manager.fetch.quota.window.size.seconds "
   "remote.log.manager.follower.thread.pool.size remote.log.manager.task.interval.ms "
   "remote.log.manager.task.retry.backoff.max.ms remote.log.manager.task.retry.backoff.ms "
   "remote.log.manager.task.retry.jitter remote.log.manager.thread.pool.size "
   "remote.log.metadata.custom.metadata.max.bytes remote.log.metadata.manager.class.name "
   "remote.log.metadata.manager.class.path remote.log.metadata.manager.impl.prefix "
   "remote.log.metadata.manager.listener.name remote.log.reader.max.pending.tasks "
   "remote.log.reader.threads remote.log.storage.manager.class.name "
   "remote.log.storage.manager.class.path remote.log.storage.manager.impl.prefix "
   "rlmm.config.* rsm.config.*",
   kNoEffect, "tiered storage does not exist yet"},
  {
   "connection.failed.authentication.delay.ms connections.max.reauth.ms "
   "delegation.token.expiry.check.interval.ms delegation.token.expiry.time.ms "
   "delegation.token.max.lifetime.ms password.encoder.old.secret password.encoder.secret "
   "security.providers",
   kNoEffect, "authentication does not exist yet"},
  {
   "controller.performance.always.log.threshold.ms controller.performance.sample.period.ms "
   "controller.quorum.append.linger.ms controller.quorum.election.backoff.max.ms "
   "controller.quorum.election.timeout.ms controller.quorum.fetch.max.bytes "
   "controller.quorum.fetch.snapshot.max.bytes controller.quorum.fetch.timeout.ms "
   "controller.quorum.request.timeout.ms controller.quorum.retry.backoff.ms "
   "controller.socket.timeout.ms early.start.listeners initial.broker.registration.timeout.ms "
   "server.max.startup.time.ms socket.connection.setup.timeout.max.ms "
   "socket.connection.setup.timeout.ms",
   kNoEffect, "the quorum keeps its own time here"},
  {
   "internal.metadata.delete.delay.millis internal.metadata.log.segment.bytes "
   "internal.metadata.max.batch.size.in.bytes metadata.log.max.record.bytes.between.snapshots "
   "metadata.log.max.snapshot.interval.ms metadata.log.segment.bytes metadata.log.segment.ms "
   "metadata.max.idle.interval.ms metadata.max.retention.bytes metadata.max.retention.ms",
   kNoEffect, "the metadata log is kept otherwise here"},
  {
   "group.consumer.assignment.interval.ms group.consumer.assignors "
   "group.consumer.heartbeat.interval.ms group.consumer.max.assignment.interval.ms "
   "group.consumer.max.heartbeat.interval.ms group.consumer.max.session.timeout.ms "
   "group.consumer.max.size group.consumer.migration.policy "
   "group.consumer.min.assignment.interval.ms group.consumer.min.heartbeat.interval.ms "
   "group.consumer.min.session.timeout.ms group.consumer.regex.refresh.interval.ms "
   "group.consumer.session.timeout.ms group.coordinator.append.linger.ms "
   "group.coordinator.background.threads group.coordinator.cached.buffer.max.bytes "
   "group.coordinator.rebalance.protocols group.coordinator.threads group.initial.rebalance.delay.ms "
   "group.max.session.timeout.ms group.max.size group.min.session.timeout.ms "
   "group.streams.assignment.interval.ms group.streams.heartbeat.interval.ms "
   "group.streams.initial.rebalance.delay.ms group.streams.max.assignment.interval.ms "
   "group.streams.max.heartbeat.interval.ms group.streams.max.session.timeout.ms "
   "group.streams.max.size group.streams.max.standby.replicas "
   "group.streams.min.assignment.interval.ms group.streams.min.heartbeat.interval.ms "
   "group.streams.min.session.timeout.ms group.streams.num.standby.replicas "
   "group.streams.session.timeout.ms offset.metadata.max.bytes offsets.commit.required.acks "
   "offsets.commit.timeout.ms offsets.load.buffer.size offsets.retention.check.interval.ms "
   "offsets.retention.minutes offsets.topic.compression.codec offsets.topic.num.partitions "
   "offsets.topic.segment.bytes",
   kNoEffect, "consumer groups do not exist yet"},
  {
   "group.share.assignment.interval.ms group.share.assignors group.share.delivery.count.limit "
   "group.share.enable group.share.heartbeat.interval.ms group.share.initialize.retry.interval.ms "
   "group.share.max.assignment.interval.ms group.share.max.delivery.count.limit "
   "group.share.max.groups group.share.max.heartbeat.interval.ms "
   "group.share.max.partition.max.record.locks group.share.max.record.lock.duration.ms "
   "group.share.max.session.timeout.ms group.share.max.share.sessions group.share.max.size "
   "group.share.min.assignment.interval.ms group.share.min.delivery.count.limit "
   "group.share.min.heartbeat.interval.ms group.share.min.partition.max.record.locks "
   "group.share.min.record.lock.duration.ms group.share.min.session.timeout.ms "
   "group.share.partition.max.record.locks group.share.persister.class.name "
   "group.share.record.lock.duration.ms group.share.session.timeout.ms "
   "share.coordinator.append.linger.ms share.coordinator.cached.buffer.max.bytes "
   "share.coordinator.cold.partition.snapshot.interval.ms share.coordinator.load.buffer.size "
   "share.coordinator.snapshot.update.records.per.snapshot "
   "share.coordinator.state.topic.compression.codec share.coordinator.state.topic.min.isr "
   "share.coordinator.state.topic.num.partitions share.coordinator.state.topic.prune.interval.ms "
   "share.coordinator.state.topic.replication.factor share.coordinator.state.topic.segment.bytes "
   "share.coordinator.threads share.coordinator.write.timeout.ms "
   "share.fetch.purgatory.purge.interval.requests",
   kNoEffect, "share groups do not exist yet"},
  {
   "add.partitions.to.txn.retry.backoff.max.ms add.partitions.to.txn.retry.backoff.ms "
   "transaction.abort.timed.out.transaction.cleanup.interval.ms transaction.max.timeout.ms "
   "transaction.partition.verification.enable "
   "transaction.remove.expired.transaction.cleanup.interval.ms "
   "transaction.state.log.load.buffer.size transaction.state.log.num.partitions "
   "transaction.state.log.segment.bytes transaction.two.phase.commit.enable "
   "transactional.id.expiration.ms",
   kNoEffect, "transactions do not exist yet"},
  {
   "log.cleaner.backoff.ms log.cleaner.dedupe.buffer.size log.cleaner.delete.retention.ms "
   "log.cleaner.enable log.cleaner.io.buffer.load.factor log.cleaner.io.buffer.size "
   "log.cleaner.io.max.bytes.per.second log.cleaner.max.compaction.lag.ms "
   "log.cleaner.min.cleanable.ratio log.cleaner.min.compaction.lag.ms log.cleaner.threads",
   kNoEffect, "compaction does not exist yet"},
  {
   "alter.log.dirs.replication.quota.window.num alter.log.dirs.replication.quota.window.size.seconds "
   "controlled.shutdown.max.retries controlled.shutdown.retry.backoff.ms "
   "follower.replication.throttled.rate leader.imbalance.check.interval.seconds "
   "leader.imbalance.per.broker.percentage leader.replication.throttled.rate "
   "num.replica.alter.log.dirs.threads replica.alter.log.dirs.io.max.bytes.per.second "
   "replica.fetch.backoff.ms replica.fetch.max.bytes replica.fetch.min.bytes "
   "replica.fetch.response.max.bytes replica.fetch.wait.max.ms "
   "replica.high.watermark.checkpoint.interval.ms replica.socket.receive.buffer.bytes "
   "replica.socket.timeout.ms replication.quota.window.num replication.quota.window.size.seconds "
   "unclean.leader.election.interval.ms",
   kNoEffect, "replication does not exist yet"},
  {
   "controller.quota.window.num controller.quota.window.size.seconds quota.window.num "
   "quota.window.size.seconds",
   kNoEffect, "quotas do not exist yet"},
  {
   "auto.include.jmx.reporter confluent.support.customer.id confluent.support.metrics.enable "
   "kafka.metrics.polling.interval.secs kafka.metrics.reporters metric.reporters metrics.num.samples "
   "metrics.recording.level metrics.sample.window.ms telemetry.max.bytes",
   kNoEffect, "metrics are at millrace.http.listener"},
  {"max.connection.creation.rate max.connections.per.ip.overrides", kNoEffect, "limits of connections are max.connections and max.connections.per.ip"},
  {
   "log.dir.failure.timeout.ms log.flush.offset.checkpoint.interval.ms "
   "log.flush.scheduler.interval.ms log.flush.start.offset.checkpoint.interval.ms "
   "log.initial.task.delay.ms",
   kNoEffect, "syncs follow millrace.durability, and need no schedule"},
  {
   "delete.records.purgatory.purge.interval.requests fetch.purgatory.purge.interval.requests "
   "max.incremental.fetch.session.cache.slots max.request.partition.size.limit "
   "producer.purgatory.purge.interval.requests request.timeout.ms",
   kNoEffect, "waiting requests and fetch sessions have limits of their own here"},
  {
   "broker.id.generation.enable inter.broker.protocol.version log.message.downconversion.enable "
   "log.message.format.version log.message.timestamp.difference.max.ms reserved.broker.max.id",
   kNoEffect, "later releases of Kafka do without it too"},
  {"unstable.api.versions.enable unstable.feature.versions.enable", kNoEffect, "versions that are not stable are not served"},
};
// clang-format on

bool names(const SettingFamily& family, std::string_view name) {
  const auto all = names_of(family);
  return std::any_of(all.begin(), all.end(), [&](std::string_view each) {
    if (!each.ends_with('*')) return each == name;
    each.remove_suffix(1);
    return name.size() > each.size() && name.starts_with(each);
  });
}

}  // namespace

std::span<const SettingFamily> setting_families() {
  return kFamilies;
}

std::vector<std::string_view> names_of(const SettingFamily& family) {
  std::vector<std::string_view> names;
  for (std::string_view rest = family.names; !rest.empty();) {
    const auto end = rest.find(' ');
    names.push_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return names;
}

const SettingFamily* find_family(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                                   [&](const auto& family) { return names(family, name); });
  return found == std::end(kFamilies) ? nullptr : found;
}

}  // namespace millrace
