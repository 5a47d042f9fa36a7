#include "controller/ops/features.h"

#include <fmt/format.h>

#include <set>

#include "controller/metadata/codec.h"
#include "controller/ops/ops.h"

namespace millrace::controller {

Status check_feature(const MetadataImage& image, const FeatureChange& change, std::int16_t newest) {
  if (change.name != kVersionFeature) {
    return fail(
        ErrorCode::kInvalidRequest,
        fmt::format("there is no feature '{}'; the only one is {}", change.name, kVersionFeature));
  }
  const auto now = image.version_level();
  if (change.level < now) {
    return fail(ErrorCode::kInvalidRequest,
                fmt::format("{} is {} and cannot go back to {}: older programs could not read what "
                            "has been written since",
                            kVersionFeature, now, change.level));
  }
  if (change.level > newest) {
    return fail(ErrorCode::kUnsupportedVersion,
                fmt::format("{} {} is not known here, the newest is {}; upgrade the nodes first",
                            kVersionFeature, change.level, newest));
  }
  for (const auto& [id, broker] : image.brokers()) {
    if (broker.versions.contains(change.level)) continue;
    return fail(ErrorCode::kUnsupportedVersion,
                fmt::format("node {} supports {} {} to {}, not {}; upgrade or unregister it first",
                            id.value(), kVersionFeature, broker.versions.min, broker.versions.max,
                            change.level));
  }
  return {};
}

Plan plan(const Context& context, const UpdateFeatures& command) {
  Plan plan;
  std::set<std::string> names;
  for (const auto& change : command.changes) {
    ItemResult item;
    item.name = change.name;
    auto checked = check_feature(context.image, change, kMetadataVersion);
    if (!names.insert(change.name).second) {
      checked = fail(ErrorCode::kInvalidRequest, change.name + " is named twice");
    }
    if (!checked) {
      item.error = checked.error();
    } else if (!command.validate_only && change.level > context.image.version_level()) {
      plan.records.push_back(FeatureRecord{change.name, change.level});
    }
    plan.result.items.push_back(std::move(item));
  }
  return plan;
}

}  // namespace millrace::controller
