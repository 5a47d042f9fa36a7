#include "node/http/node_metrics.h"

#include <map>

#include "node/http/metrics_text.h"
#include "node/http/quorum_metrics.h"

namespace millrace::node {
namespace {

double number(std::uint64_t value) {
  return static_cast<double>(value);
}
double number(Offset value) {
  return static_cast<double>(value.value());
}

/// Sums the shards' maps of counters by key.
template <class Counters, class Add>
std::map<std::string, Counters> sum_over_shards(
    const NodeSample& sample, std::map<std::string, Counters> broker::ShardCounters::* member,
    Add add) {
  std::map<std::string, Counters> sums;
  for (const auto& shard : sample.shards) {
    for (const auto& [key, counters] : shard.counters.*member) add(sums[key], counters);
  }
  return sums;
}

void add_topics(MetricsText& text, const NodeSample& sample) {
  using broker::TopicCounters;
  struct Column {
    const char* name;
    std::uint64_t TopicCounters::* value;
    const char* help;
  };
  static constexpr Column kColumns[] = {
      {"messagesin", &TopicCounters::messages_in, "Records appended."},
      {"bytesin", &TopicCounters::bytes_in, "Record bytes appended."},
      {"bytesout", &TopicCounters::bytes_out, "Record bytes sent to consumers."},
      {"bytesrejected", &TopicCounters::bytes_rejected, "Record bytes refused."},
      {"totalproducerequests", &TopicCounters::produce_requests, "Produce requests."},
      {"totalfetchrequests", &TopicCounters::fetch_requests, "Fetch requests."},
      {"failedproducerequests", &TopicCounters::failed_produce_requests,
       "Produce requests that failed."},
      {"failedfetchrequests", &TopicCounters::failed_fetch_requests, "Fetch requests that failed."},
  };
  const auto topics = sum_over_shards(sample, &broker::ShardCounters::topics,
                                      [](TopicCounters& sum, const TopicCounters& one) {
                                        for (const auto& each : kColumns) {
                                          sum.*each.value += one.*each.value;
                                        }
                                      });
  for (const auto& column : kColumns) {
    const auto name = std::string("kafka_server_brokertopicmetrics_") + column.name + "_total";
    std::uint64_t all = 0;
    for (const auto& [topic, counters] : topics) {
      text.counter(name, column.help, number(counters.*column.value), {{"topic", topic}});
      all += counters.*column.value;
    }
    // The sample without a topic is the sum over all of them, as Kafka has it.
    text.counter(name, column.help, number(all));
  }
}

void add_requests(MetricsText& text, const NodeSample& sample) {
  using broker::RequestCounters;
  const auto requests = sum_over_shards(sample, &broker::ShardCounters::requests,
                                        [](RequestCounters& sum, const RequestCounters& one) {
                                          sum.requests += one.requests;
                                          sum.errors += one.errors;
                                          sum.total_time_us += one.total_time_us;
                                        });
  const std::string prefix = "kafka_network_requestmetrics_";
  for (const auto& [api, counters] : requests) {
    text.counter(prefix + "requests_total", "Requests by API.", number(counters.requests),
                 {{"request", api}});
    text.counter(prefix + "errors_total", "Requests refused or closed before a handler saw them.",
                 number(counters.errors), {{"request", api}});
    text.summary(prefix + "totaltimems", "Milliseconds from request to answer.", counters.requests,
                 number(counters.total_time_us) / 1000, {{"request", api}});
  }
  std::uint64_t produce = 0;
  std::uint64_t fetch = 0;
  for (const auto& shard : sample.shards) {
    produce += shard.counters.pending_produce;
    fetch += shard.counters.pending_fetch;
  }
  constexpr const char* kPurgatory = "kafka_server_delayedoperationpurgatory_purgatorysize";
  constexpr const char* kPurgatoryHelp = "Requests that wait.";
  text.gauge(kPurgatory, kPurgatoryHelp, number(produce), {{"delayedOperation", "Produce"}});
  text.gauge(kPurgatory, kPurgatoryHelp, number(fetch), {{"delayedOperation", "Fetch"}});
}

bool is_under_replicated(const broker::PartitionStats& partition) {
  return partition.isr_count < partition.replica_count;
}
bool is_under_min_isr(const broker::PartitionStats& partition) {
  return static_cast<std::int64_t>(partition.isr_count) < partition.min_insync_replicas;
}
bool is_at_min_isr(const broker::PartitionStats& partition) {
  return static_cast<std::int64_t>(partition.isr_count) == partition.min_insync_replicas;
}

template <class Predicate>
double count_if(const NodeSample& sample, Predicate predicate) {
  double count = 0;
  for (const auto& shard : sample.shards) {
    for (const auto& partition : shard.partitions) count += predicate(partition) ? 1 : 0;
  }
  return count;
}

void add_replicas(MetricsText& text, const NodeSample& sample) {
  using broker::PartitionStats;
  const std::string prefix = "kafka_server_replicamanager_";
  text.gauge(prefix + "partitioncount", "Partitions on this node.",
             count_if(sample, [](const PartitionStats&) { return true; }));
  text.gauge(prefix + "leadercount", "Partitions that this node leads.",
             count_if(sample, [](const PartitionStats& each) { return each.is_leader; }));
  text.gauge(prefix + "offlinereplicacount", "Replicas here that are damaged, lost or fenced.",
             count_if(sample, [](const PartitionStats& each) { return each.is_offline; }));
  text.gauge(prefix + "underreplicatedpartitions", "Partitions led here with a replica out of ISR.",
             count_if(sample, [](const PartitionStats& each) {
               return each.is_leader && is_under_replicated(each);
             }));
  text.gauge(prefix + "underminisrpartitioncount", "Partitions led here below min.insync.replicas.",
             count_if(sample, [](const PartitionStats& each) {
               return each.is_leader && is_under_min_isr(each);
             }));
  text.gauge(prefix + "atminisrpartitioncount", "Partitions led here at min.insync.replicas.",
             count_if(sample, [](const PartitionStats& each) {
               return each.is_leader && is_at_min_isr(each);
             }));
}

void add_controller(MetricsText& text, const ControllerSample& controller) {
  const std::string prefix = "kafka_controller_kafkacontroller_";
  text.gauge(prefix + "activecontrollercount", "1 on the active controller.", controller.is_active);
  text.gauge(prefix + "activebrokercount", "Registered brokers that are not fenced.",
             number(controller.active_brokers));
  text.gauge(prefix + "fencedbrokercount", "Registered brokers that are fenced.",
             number(controller.fenced_brokers));
  text.gauge(prefix + "globaltopiccount", "Topics.", number(controller.topics));
  text.gauge(prefix + "globalpartitioncount", "Partitions.", number(controller.partitions));
  text.gauge(prefix + "offlinepartitionscount", "Partitions without a leader.",
             number(controller.offline_partitions));
  text.counter(prefix + "timedoutbrokerheartbeatcount",
               "Brokers that this node fenced for their silence while it led.",
               number(controller.timed_out_heartbeats));
  text.gauge(prefix + "lastappliedrecordoffset", "Metadata offset of the image.",
             static_cast<double>(controller.last_applied_offset));
  text.gauge("kafka_server_brokermetadatametrics_last_applied_record_offset",
             "Metadata offset that this broker has.",
             static_cast<double>(controller.last_applied_offset));
  text.gauge("kafka_brokers", "Registered brokers.",
             number(controller.active_brokers + controller.fenced_brokers));
}

void add_listener(MetricsText& text, const KafkaListener::Stats& listener) {
  text.gauge("kafka_server_socket_server_metrics_connection_count", "Open client connections.",
             number(listener.connections));
  text.counter("kafka_server_socket_server_metrics_connection_creation_total",
               "Client connections accepted.", number(listener.created));
  text.counter("millrace_connections_closed_for_error_total",
               "Client connections that broke a rule or a limit.",
               number(listener.closed_for_error));
  text.gauge("millrace_request_memory_bytes", "Bytes of requests and replies in memory.",
             number(listener.memory_used));
}

void add_disk(MetricsText& text, const NodeSample& sample) {
  text.gauge("kafka_log_logmanager_offlinelogdirectorycount", "Log directories out of use.",
             sample.is_log_directory_offline);
  text.gauge("millrace_disk_total_bytes", "Size of the log directory's file system.",
             number(sample.disk.total_bytes));
  text.gauge("millrace_disk_free_bytes", "Free space for this process.",
             number(sample.disk.free_bytes));
  text.counter("millrace_commit_rounds_total", "Rounds that made appends durable.",
               number(sample.writer.rounds));
  text.counter("millrace_commit_rounds_journal_total", "Of them, through the journal.",
               number(sample.writer.journal_rounds));
  text.counter("millrace_journal_bytes_total", "Bytes written to the journal.",
               number(sample.writer.journal_bytes));
  text.counter("millrace_log_bytes_written_total", "Bytes written to segments.",
               number(sample.writer.bytes_written));
  text.counter("millrace_checkpoints_total", "Checkpoints, which free the journal.",
               number(sample.writer.checkpoints));
}

}  // namespace

std::string render_metrics(const NodeSample& sample) {
  MetricsText text;
  add_topics(text, sample);
  add_requests(text, sample);
  add_replicas(text, sample);
  add_controller(text, sample.controller);
  add_quorum_metrics(text, sample.quorum);
  if (sample.peers) add_peer_metrics(text, *sample.peers);
  add_listener(text, sample.listener);
  add_disk(text, sample);
  add_process_metrics(text, sample.start_time_seconds);
  return text.render();
}

std::string render_partition_metrics(const NodeSample& sample) {
  MetricsText text;
  const auto add = [&](const char* name, const char* help, const broker::PartitionStats& each,
                       double value) {
    text.gauge(name, help, value,
               {{"topic", each.topic}, {"partition", to_string(each.id.partition)}});
  };
  for (const auto& shard : sample.shards) {
    for (const auto& each : shard.partitions) {
      add("kafka_log_log_size", "Bytes of the log.", each, number(each.bytes));
      add("kafka_log_log_logstartoffset", "First offset.", each, number(each.log_start));
      add("kafka_log_log_logendoffset", "Next offset.", each, number(each.log_end));
      add("kafka_log_log_numlogsegments", "Segments.", each, number(each.segments));
      add("kafka_topic_partition_current_offset", "End of what consumers may read.", each,
          number(each.high_watermark));
      add("kafka_topic_partition_oldest_offset", "First offset.", each, number(each.log_start));
      add("kafka_cluster_partition_replicascount", "Replicas.", each, number(each.replica_count));
      add("kafka_cluster_partition_insyncreplicascount", "Replicas in sync.", each,
          number(each.isr_count));
      add("kafka_cluster_partition_underreplicated", "1 when a replica is out of ISR.", each,
          is_under_replicated(each));
      add("kafka_cluster_partition_underminisr", "1 when below min.insync.replicas.", each,
          is_under_min_isr(each));
      add("kafka_cluster_partition_atminisr", "1 when at min.insync.replicas.", each,
          is_at_min_isr(each));
    }
  }
  return text.render();
}

}  // namespace millrace::node
