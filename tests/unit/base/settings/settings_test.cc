#include "base/settings/settings.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/support/catch.h"

namespace millrace {

TEST_CASE("every row of the table is well formed") {
  std::set<std::pair<std::string_view, bool>> seen;
  for (const auto& spec : all_settings()) {
    INFO(spec.name);
    REQUIRE(seen.emplace(spec.name, spec.scope == SettingScope::kTopic).second);
    REQUIRE(!spec.doc.empty());
    if (!spec.fallback.empty())
      REQUIRE(check_setting(spec, spec.fallback) == std::string(spec.fallback));
    for (const auto& synonym : spec.synonyms) {
      if (!synonym.name.empty())
        REQUIRE(find_setting(synonym.name, SettingScope::kNode) != nullptr);
    }
  }
}

TEST_CASE("a topic's default is its broker setting's default") {
  const Settings settings;
  for (const auto& spec : all_settings()) {
    if (spec.scope != SettingScope::kTopic) continue;
    INFO(spec.name);
    REQUIRE(settings.topic_value({}, spec.name).text == spec.fallback);
  }
}

TEST_CASE("values are checked") {
  Settings settings;
  REQUIRE_OK(settings.set("log.segment.bytes", " 1048576 "));
  REQUIRE(settings.get_long("log.segment.bytes") == 1048576);
  REQUIRE_OK(settings.set("delete.topic.enable", "FALSE"));
  REQUIRE(!settings.get_bool("delete.topic.enable"));
  for (const auto* bad : {"13", "2147483648", "x", "", "1.5", "99999999999999999999"}) {
    INFO(bad);
    REQUIRE_ERROR(settings.set("log.segment.bytes", bad), ErrorCode::kInvalidConfig);
  }
  REQUIRE(settings.set("delete.topic.enable", "yes").error().message ==
          "'yes' is no value for delete.topic.enable: it takes true or false");
  REQUIRE(settings.set("log.cleanup.policy", "delete, compactt").error().message ==
          "'compactt' is no value for log.cleanup.policy: it takes delete, compact");
  REQUIRE_OK(settings.set("log.cleanup.policy", "delete, compact"));
  REQUIRE(settings.get_list("log.cleanup.policy") == std::vector<std::string>{"delete", "compact"});
}

TEST_CASE("unknown, idle and unsafe settings") {
  Settings settings;
  REQUIRE(settings.set("log.retention.hour", "1").error().message ==
          "unknown setting 'log.retention.hour', did you mean 'log.retention.hours'?");
  REQUIRE(settings.set("qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", "1").error().message ==
          "unknown setting 'qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq'");
  REQUIRE_ERROR(settings.set(std::string(100'000, 'x'), "1"), ErrorCode::kInvalidConfig);
  REQUIRE(settings.set("num.io.threads", "8").value() == "num.io.threads has no effect here");
  REQUIRE(settings.set("group.max.size", "8")->has_value());
  REQUIRE(!settings.set("node.id", "8")->has_value());
  REQUIRE_ERROR(settings.set("authorizer.class.name", "a.B"), ErrorCode::kInvalidConfig);
  REQUIRE_ERROR(settings.set("ssl.client.auth", "required"), ErrorCode::kInvalidConfig);
  REQUIRE_OK(settings.set("unclean.leader.election.enable", "false"));
  REQUIRE_ERROR(check_topic_setting("unclean.leader.election.enable", "true"),
                ErrorCode::kInvalidConfig);
  REQUIRE(check_topic_setting("retention", "1").error().message.find("unknown topic setting") == 0);
}

TEST_CASE("a topic's value comes from the nearest place") {
  Settings settings;
  const auto retention = [&](const SettingMap& overrides) {
    return settings.topic_long(overrides, "retention.ms");
  };
  REQUIRE(retention({}) == 604'800'000);
  REQUIRE_OK(settings.set("log.retention.hours", "2"));
  REQUIRE(retention({}) == 7'200'000);
  REQUIRE_OK(settings.set("log.retention.minutes", "-1"));
  REQUIRE(retention({}) == -1);
  REQUIRE_OK(settings.set("log.retention.ms", "5"));
  REQUIRE(settings.topic_value({}, "retention.ms").name == "log.retention.ms");
  REQUIRE(retention({}) == 5);
  REQUIRE_OK(settings.set("log.retention.ms", "6", SettingSource::kDynamicCluster));
  REQUIRE(retention({}) == 6);
  REQUIRE(retention({{"retention.ms", "7"}}) == 7);
  REQUIRE(settings.topic_values({{"retention.ms", "7"}}, "retention.ms").size() == 6);
  settings.unset("log.retention.ms", SettingSource::kDynamicCluster);
  REQUIRE(retention({}) == 5);
}

TEST_CASE("the reference page is what the table makes") {
  const std::string path = MILLRACE_SOURCE_DIR "/docs/reference/configuration.md";
  if (std::getenv("MILLRACE_UPDATE_REFERENCE") != nullptr) {
    std::ofstream(path) << settings_reference();
  }
  std::ifstream file(path);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  INFO("to renew it: MILLRACE_UPDATE_REFERENCE=1 build/release/bin/unit_base");
  REQUIRE((page == settings_reference()));
}

}  // namespace millrace
