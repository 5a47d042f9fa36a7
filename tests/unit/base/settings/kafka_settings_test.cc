// The table of settings against the one of Apache Kafka 4.3.1, see tests/golden/settings/README.md.
#include <fstream>
#include <map>
#include <sstream>

#include "base/settings/settings_table.h"
#include "tests/support/catch.h"

namespace millrace {
namespace {

struct KafkaSetting {
  bool topic = false;
  std::string name, type, fallback;
};

std::vector<KafkaSetting> kafka_settings() {
  std::ifstream file(MILLRACE_SOURCE_DIR "/tests/golden/settings/kafka_4_3_1.tsv");
  std::vector<KafkaSetting> settings;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    KafkaSetting setting;
    std::string scope;
    std::getline(fields, scope, '\t');
    std::getline(fields, setting.name, '\t');
    std::getline(fields, setting.type, '\t');
    std::getline(fields, setting.fallback, '\t');
    setting.topic = scope == "T";
    settings.push_back(setting);
  }
  return settings;
}

std::string_view kafka_type(SettingType type) {
  switch (type) {
    case SettingType::kBool:
      return "BOOLEAN";
    case SettingType::kInt:
      return "INT";
    case SettingType::kLong:
      return "LONG";
    case SettingType::kDouble:
      return "DOUBLE";
    case SettingType::kString:
      return "STRING";
    case SettingType::kList:
      return "LIST";
    case SettingType::kPassword:
      return "PASSWORD";
  }
  return "";
}

}  // namespace

TEST_CASE("settings: every one of Kafka's is known, with its type and its default") {
  const auto settings = kafka_settings();
  REQUIRE(settings.size() > 300);
  std::vector<std::string> differences;
  for (const auto& kafka : settings) {
    const auto* spec =
        find_setting(kafka.name, kafka.topic ? SettingScope::kTopic : SettingScope::kNode);
    if (spec == nullptr) {
      if (kafka.topic || find_family(kafka.name) == nullptr)
        differences.push_back(kafka.name + " is unknown");
      continue;
    }
    const std::map<std::string_view, std::string_view> same{{"SHORT", "INT"}, {"CLASS", "STRING"}};
    const auto type = same.find(kafka.type);
    if (kafka_type(spec->type) != (type == same.end() ? kafka.type : type->second))
      differences.push_back(kafka.name + " is a " + kafka.type);
    // A required setting has no default in Kafka; ours may have one, and then says "none".
    auto default_of_kafka = spec->kafka_default.empty() ? spec->fallback : spec->kafka_default;
    if (default_of_kafka == "none") default_of_kafka = "";
    if (default_of_kafka != kafka.fallback)
      differences.push_back(kafka.name + " defaults to '" + kafka.fallback + "'");
  }
  REQUIRE(differences == std::vector<std::string>{});
}

TEST_CASE("settings: each has one place, in the table or in a family") {
  std::map<std::string_view, int> families;
  for (const auto& family : setting_families()) {
    REQUIRE(!family.why.empty());
    for (const auto name : names_of(family)) {
      INFO(name);
      REQUIRE(!name.empty());
      REQUIRE(++families[name] == 1);
      REQUIRE(find_setting(name, SettingScope::kNode) == nullptr);
    }
  }
}

}  // namespace millrace
