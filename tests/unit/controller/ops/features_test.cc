#include "controller/ops/features.h"

#include "controller/metadata/apply.h"
#include "tests/support/catch.h"

namespace millrace::controller {
namespace {

ImagePtr at_level(std::int16_t level, VersionRange first, VersionRange second) {
  BrokerRecord one;
  one.id = NodeId(1);
  one.versions = first;
  BrokerRecord two;
  two.id = NodeId(2);
  two.versions = second;
  return apply_records(*MetadataImage::empty(),
                       {FeatureRecord{std::string(kVersionFeature), level}, one, two})
      .value();
}

FeatureChange to(std::int16_t level) {
  return {std::string(kVersionFeature), level, FeatureUpgrade::kUpgrade};
}

}  // namespace

TEST_CASE("the version goes only up, and only to what everybody supports") {
  const auto image = at_level(2, {1, 4}, {2, 3});
  REQUIRE_OK(check_feature(*image, to(2), 4));
  REQUIRE_OK(check_feature(*image, to(3), 4));
  REQUIRE_ERROR(check_feature(*image, to(1), 4), ErrorCode::kInvalidRequest);
  REQUIRE_ERROR(check_feature(*image, to(3), 2), ErrorCode::kUnsupportedVersion);
  const auto refused = check_feature(*image, to(4), 4);
  REQUIRE_ERROR(refused, ErrorCode::kUnsupportedVersion);
  REQUIRE(refused.error().message ==
          "node 2 supports millrace.version 2 to 3, not 4; upgrade or unregister it first");
  REQUIRE_ERROR(check_feature(*image, {"kraft.version", 1, FeatureUpgrade::kUpgrade}, 4),
                ErrorCode::kInvalidRequest);
}

TEST_CASE("a log that says nothing of it is at version 1") {
  REQUIRE(MetadataImage::empty()->version_level() == 1);
  REQUIRE(at_level(3, {}, {})->version_level() == 3);
  REQUIRE_ERROR(
      apply_records(*at_level(3, {}, {}), {FeatureRecord{std::string(kVersionFeature), 2}}),
      ErrorCode::kCorrupt);
}

}  // namespace millrace::controller
