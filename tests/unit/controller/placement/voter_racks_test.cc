#include "controller/placement/voter_racks.h"

#include "controller/metadata/apply.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

/// Brokers 1, 2, ... in these racks.
ImagePtr brokers_in(const std::vector<std::string>& racks) {
  MetadataTransaction records{ClusterRecord{Uuid({1})}};
  for (std::size_t i = 0; i < racks.size(); ++i) {
    BrokerRecord broker;
    broker.id = NodeId(static_cast<std::int32_t>(i) + 1);
    broker.rack = racks[i];
    records.emplace_back(broker);
  }
  auto image = apply_records(*MetadataImage::empty(), records);
  REQUIRE_OK(image);
  return *image;
}

}  // namespace

TEST_CASE("voters may not be placed so that one rack decides alone") {
  const struct {
    const char* name;
    std::vector<std::string> racks;
    std::vector<int> voters;
    bool allowed;
  } cases[] = {
      {"three racks, one each", {"a", "b", "c"}, {1, 2, 3}, true},
      {"two of three in one", {"a", "a", "b"}, {1, 2, 3}, false},
      {"all in one, though there is another", {"a", "a", "a", "b"}, {1, 2, 3}, false},
      {"all in one, and there is no other", {"a", "a", "a"}, {1, 2, 3}, true},
      {"five as 2-2-1", {"a", "a", "b", "b", "c"}, {1, 2, 3, 4, 5}, true},
      {"five as 3-1-1", {"a", "a", "a", "b", "c"}, {1, 2, 3, 4, 5}, false},
      {"four as 2-2", {"a", "a", "b", "b"}, {1, 2, 3, 4}, true},
      {"no racks", {"", "", ""}, {1, 2, 3}, true},
      {"unknown racks are racks of their own", {"a", "", "", "b"}, {1, 2, 3}, true},
      {"voters that never registered", {"a", "b"}, {1, 7, 8}, true},
      {"one voter", {"a", "b"}, {1}, true},
      {"two voters in one", {"a", "a", "b"}, {1, 2}, true},
  };
  for (const auto& each : cases) {
    INFO(each.name);
    std::vector<NodeId> voters;
    for (const int id : each.voters) voters.emplace_back(id);
    const auto checked = check_voter_racks(*brokers_in(each.racks), voters);
    REQUIRE(checked.has_value() == each.allowed);
    if (!checked) REQUIRE_SAME_CODE(checked.error().code, ErrorCode::kPolicyViolation);
  }
}

}  // namespace millrace::controller
