#include "node/metadata/image_queue.h"

#include "controller/metadata/apply.h"
#include "tests/support/catch.h"

namespace millrace::node {
namespace {

using controller::ImagePtr;
using controller::MetadataImage;

TopicId topic_id(int number) {
  return TopicId(Uuid({static_cast<std::uint8_t>(number)}));
}

/// A log of creations and deletions, each an entry, and the queue that follows it.
struct Fixture {
  void apply(const controller::MetadataTransaction& records,
             const std::vector<std::string>& created) {
    auto next = controller::apply_records(*image, records);
    REQUIRE_OK(next);
    image = *next;
    queue.push(image, created);
  }
  void create(const std::string& name, int number) {
    apply({controller::TopicRecord{topic_id(number), name}}, {name});
  }
  void remove(int number) { apply({controller::RemoveTopicRecord{topic_id(number)}}, {}); }

  ImagePtr image = MetadataImage::empty();
  ImageQueue queue{image};
};

}  // namespace

TEST_CASE("the newest image takes the place of those that wait") {
  Fixture f;
  for (int i = 1; i <= 50; ++i) f.create("t" + std::to_string(i), i);
  f.remove(7);
  REQUIRE(f.queue.size() == 1);
  REQUIRE(f.queue.pop() == f.image);
  REQUIRE(f.queue.empty());
}

TEST_CASE("between a topic and the next one of its name comes an image without both") {
  Fixture f;
  f.create("a", 1);
  (void)f.queue.pop();
  f.remove(1);
  f.create("b", 2);
  f.create("a", 3);
  f.create("c", 4);
  REQUIRE(f.queue.size() == 2);
  const auto between = f.queue.pop();
  REQUIRE(between->topic("a") == nullptr);
  REQUIRE(f.queue.pop()->topic("a")->id == topic_id(3));
}

TEST_CASE("a topic that nobody was told of may be made again unseen") {
  Fixture f;
  f.create("a", 1);
  f.remove(1);
  f.create("a", 2);
  REQUIRE(f.queue.size() == 1);
}

TEST_CASE("each topic that is made again and again costs one image") {
  Fixture f;
  f.create("a", 1);
  (void)f.queue.pop();
  for (int i = 2; i < 10; ++i) {
    f.remove(i - 1);
    f.create("a", i);
  }
  REQUIRE(f.queue.size() <= 16);
  ImagePtr before = nullptr;
  while (!f.queue.empty()) {
    const auto next = f.queue.pop();
    const auto* now = next->topic("a");
    if (before != nullptr && now != nullptr && before->topic("a") != nullptr)
      REQUIRE(before->topic("a")->id == now->id);
    before = next;
  }
  REQUIRE(before->topic("a")->id == topic_id(9));
}

TEST_CASE("after a gap the image in between is made") {
  Fixture f;
  f.create("kept", 1);
  f.create("again", 2);
  (void)f.queue.pop();
  const auto before = f.image;
  auto later = controller::apply_records(*f.image, {controller::RemoveTopicRecord{topic_id(2)}});
  REQUIRE_OK(later);
  later = controller::apply_records(**later, {controller::TopicRecord{topic_id(3), "again"}});
  REQUIRE_OK(later);
  f.queue.push_after_gap(*later);
  REQUIRE(f.queue.size() == 2);
  const auto between = f.queue.pop();
  REQUIRE(between->end_offset() == before->end_offset());
  REQUIRE(between->topic("again") == nullptr);
  REQUIRE(between->topic("kept")->id == topic_id(1));
  REQUIRE(f.queue.pop() == *later);
  f.queue.push_after_gap(*later);
  REQUIRE(f.queue.size() == 1);
}

}  // namespace millrace::node
