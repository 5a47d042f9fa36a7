// What large metadata costs the controller: memory for each partition, and the time of the commands
// and changes that matter. Prints a table, and the same as one line of JSON; judges nothing. All in
// one thread and without a disk: `bench_quorum [--topics N] [--partitions N] [--replicas N]
// [--brokers N]`.

#include <malloc.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/controller.h"
#include "controller/metadata/apply.h"
#include "controller/metadata/codec.h"
#include "controller/metadata/snapshot.h"
#include "controller/placement/placement.h"
#include "controller/placement/spread.h"

namespace {

using namespace millrace;
using namespace millrace::controller;

constexpr int kRepeats = 200;

struct Options {
  std::int32_t topics = 10'000;
  std::int32_t partitions = 100'000;
  std::size_t replicas = 3;
  std::int32_t brokers = 3;
};

double ms_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}
double ms_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return ms_since(start);
}

std::int64_t resident_bytes() {
  malloc_trim(0);
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0;
  file >> pages >> pages;
  return pages * 4096;
}

class Figures {
 public:
  void add(const std::string& name, double value, const std::string& unit) {
    std::printf("%-58s %12.3f %s\n", name.c_str(), value, unit.c_str());
    json_.push_back({{"name", name}, {"value", value}, {"unit", unit}});
  }
  void print_json() const { std::printf("%s\n", json_.dump().c_str()); }

 private:
  nlohmann::json json_ = nlohmann::json::array();
};

/// A controller whose log commits at once.
class Bench {
 public:
  explicit Bench(std::int32_t brokers)
      : brokers_(brokers), random_(1), controller_(MetadataImage::empty(), generous(), Random(2)) {
    controller_.become_active(now_);
    cluster_ = Uuid::random(random_);
    run(FormCluster{cluster_});
    for (std::int32_t id = 1; id <= brokers; ++id) register_broker(id);
  }

  template <class Body>
  CommandResult run(Body body) {
    auto output = controller_.step(1, Command{std::move(body)}, now_);
    auto replies = controller_.on_committed(controller_.speculative()->end_offset());
    return *(replies.empty() ? output.replies : replies).at(0).result;
  }
  void register_broker(std::int32_t id) {
    BrokerRecord broker;
    broker.id = NodeId(id);
    broker.rack = "az-" + std::to_string(id % 3);
    broker.endpoints = {{"PLAINTEXT", "node-" + std::to_string(id) + ".example", 9092}};
    broker.incarnation = IncarnationId(Uuid::random(random_));
    broker.directory = DirectoryId(Uuid({static_cast<std::uint8_t>(id)}));
    run(RegisterBroker{cluster_, broker});
    run(UnfenceBroker{broker.id, broker.incarnation});
  }
  /// Records as a command would make them if more than one replica were possible already.
  void load_topics(const Options& options) {
    controller_.resign();
    std::vector<Candidate> candidates;
    for (const auto& [id, broker] : image().brokers()) {
      candidates.push_back({id, broker.rack, 0, 0});
    }
    const auto each = options.partitions / options.topics;
    for (std::int32_t t = 0; t < options.topics; ++t) {
      add_topic("topic-" + std::to_string(t), each, candidates, options.replicas);
    }
    add_topic("wide", 5000, candidates, options.replicas);
    controller_.become_active(now_);
  }
  void add_topic(const std::string& name, std::int32_t partitions,
                 const std::vector<Candidate>& candidates, std::size_t replicas) {
    const TopicId id(Uuid::random(random_));
    MetadataTransaction records{TopicRecord{id, name}};
    const auto placed = spread(candidates, image().partition_count(),
                               static_cast<std::size_t>(partitions), replicas);
    for (std::int32_t i = 0; i < partitions; ++i) {
      records.push_back(PartitionRecord{
          {id, PartitionIndex(i)}, new_partition(image(), placed[static_cast<std::size_t>(i)])});
    }
    if (!controller_.apply(records)) std::abort();
  }
  [[nodiscard]] const MetadataImage& image() const { return *controller_.committed(); }
  Controller& controller() { return controller_; }
  MonotonicTime& now() { return now_; }
  [[nodiscard]] std::int32_t brokers() const { return brokers_; }

 private:
  static Settings generous() {
    Settings settings;
    if (!settings.set("millrace.partitions.max", "1000000")) std::abort();
    return settings;
  }

  std::int32_t brokers_;
  Random random_;
  Controller controller_;
  MonotonicTime now_{std::chrono::seconds(1)};
  Uuid cluster_;
};

void measure_creation(const Options& options, Figures& figures) {
  Bench bench(options.brokers);
  double worst = 0;
  const auto all = ms_of([&] {
    for (std::int32_t t = 0; t < options.topics; ++t) {
      NewTopic topic;
      topic.name = "created-" + std::to_string(t);
      topic.partitions = options.partitions / options.topics;
      worst = std::max(worst, ms_of([&] { bench.run(CreateTopics{{topic}}); }));
    }
  });
  figures.add("create all topics, one command each", all, "ms");
  figures.add("  the slowest of them", worst, "ms");
}

/// A change of the ISR of one partition, as apply does it.
void measure_isr_change(const MetadataImage& image, Figures& figures) {
  const auto* wide = image.topic("wide");
  std::vector<double> times;
  auto base = apply_records(image, {}).value();
  for (int i = 0; i < kRepeats; ++i) {
    const auto index = static_cast<std::size_t>(i) * 23 % wide->partitions.size();
    auto state = wide->partitions[index];
    state.isr.pop_back();
    state.partition_epoch = PartitionEpoch(state.partition_epoch.value() + 1);
    const MetadataTransaction records{
        PartitionRecord{{wide->id, PartitionIndex(static_cast<std::int32_t>(index))}, state}};
    times.push_back(ms_of([&] { base = apply_records(*base, records).value(); }) * 1000);
  }
  std::sort(times.begin(), times.end());
  figures.add("ISR change on a topic of 5,000 partitions, apply, median", times[kRepeats / 2],
              "us");
  figures.add("  p99", times[kRepeats * 99 / 100], "us");
}

void measure_snapshot(const MetadataImage& image, Figures& figures) {
  std::vector<std::vector<std::uint8_t>> parts;
  figures.add("snapshot to bytes", ms_of([&] {
                for (const auto& part : records_of(image)) parts.push_back(encode(part));
              }),
              "ms");
  figures.add("snapshot from bytes", ms_of([&] {
                std::vector<MetadataTransaction> records;
                for (const auto& part : parts) records.push_back(decode(part).value());
                if (!load_image(image.end_offset(), records)) std::abort();
              }),
              "ms");
  figures.add("state hash from scratch", ms_of([&] {
                if (computed_state_hash(image) != image.state_hash()) std::abort();
              }),
              "ms");
}

/// Every broker but one beats until that one is fenced.
void measure_loss(Bench& bench, Figures& figures) {
  auto& controller = bench.controller();
  std::size_t held = 0;
  for (const auto* topic : bench.image().topics()) {
    for (const auto& partition : topic->partitions) {
      held += std::count(partition.isr.begin(), partition.isr.end(), NodeId(1)) != 0 ? 1 : 0;
    }
  }
  for (int i = 0; i < 6; ++i) {
    bench.now() += std::chrono::milliseconds(500);
    for (std::int32_t id = 2; id <= bench.brokers(); ++id) {
      const auto epoch = bench.image().broker(NodeId(id))->epoch;
      bench.run(BrokerHeartbeat{NodeId(id), epoch, Offset(0)});
    }
    if (i < 5) (void)controller.tick(bench.now());
  }
  Controller::Output output;
  std::vector<std::uint8_t> bytes;
  const auto decide = ms_of([&] { output = controller.tick(bench.now()); });
  if (!output.append) std::abort();
  const auto encoded = ms_of([&] { bytes = encode(*output.append); });
  const auto before = bench.controller().committed();
  const auto applied = ms_of([&] {
    if (!apply_records(*before, decode(bytes).value())) std::abort();
  });
  controller.on_committed(controller.speculative()->end_offset());
  figures.add("loss of a broker: partitions in whose ISR it was", static_cast<double>(held), "");
  figures.add("  decide and apply on the controller", decide, "ms");
  figures.add("  encode", encoded, "ms");
  figures.add("  size of the entry", static_cast<double>(bytes.size()) / 1e6, "MB");
  figures.add("  decode and apply on another node", applied, "ms");
  figures.add("registration and unfencing of a broker", ms_of([&] { bench.register_broker(1); }),
              "ms");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("what large metadata costs the controller");
  app.add_option("--topics", options.topics)->check(CLI::Range(1, 100'000));
  app.add_option("--partitions", options.partitions, "of all topics")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--brokers", options.brokers)->check(CLI::Range(1, 100));
  app.add_option("--replicas", options.replicas, "at most as many as brokers")
      ->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);

  Figures figures;
  Bench bench(options.brokers);
  const auto before = resident_bytes();
  figures.add("apply all topics as records", ms_of([&] { bench.load_topics(options); }), "ms");
  figures.add("resident bytes a partition",
              static_cast<double>(resident_bytes() - before) /
                  static_cast<double>(bench.image().partition_count()),
              "bytes");
  measure_isr_change(bench.image(), figures);
  measure_snapshot(bench.image(), figures);
  measure_loss(bench, figures);
  measure_creation(options, figures);
  figures.print_json();
}
