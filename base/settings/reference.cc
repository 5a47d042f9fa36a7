#include <fmt/format.h>

#include <iterator>

#include "base/settings/settings_table.h"

namespace millrace {
namespace {

std::string_view type_name(SettingType type) {
  switch (type) {
    case SettingType::kBool:
      return "true or false";
    case SettingType::kInt:
      return "int";
    case SettingType::kLong:
      return "long";
    case SettingType::kDouble:
      return "number";
    case SettingType::kString:
      return "text";
    case SettingType::kList:
      return "list";
    case SettingType::kPassword:
      break;
  }
  return "password";
}

std::string cell(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", text);
}

std::string takes(const SettingSpec& spec) {
  std::string text(type_name(spec.type));
  std::string_view rest = spec.choices;
  for (const char* separator = ": "; !rest.empty(); separator = ", ") {
    const auto end = rest.find('|');
    text += separator + cell(rest.substr(0, end));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return text;
}

std::string remark(const SettingSpec& spec) {
  std::string text(spec.doc);
  if (!spec.kafka_default.empty()) {
    text += fmt::format(" **Kafka's default: {}.**", spec.kafka_default);
  }
  if (spec.effect == SettingEffect::kNoEffect) text += " *No effect here.*";
  if (spec.effect == SettingEffect::kRefused) text += " *Other values are refused.*";
  const char* separator = " Broker setting: ";
  for (const auto& synonym : spec.synonyms) {
    if (synonym.name.empty()) break;
    text += separator + cell(synonym.name);
    separator = ", ";
  }
  return text;
}

void section(std::string& page, std::string_view title, SettingScope scope) {
  page += fmt::format("\n## {}\n\n| Name | Takes | Default | |\n|---|---|---|---|\n", title);
  for (const auto& spec : all_settings()) {
    if (spec.scope != scope) continue;
    page += fmt::format("| `{}` | {} | {} | {} |\n", spec.name, takes(spec), cell(spec.fallback),
                        remark(spec));
  }
}

}  // namespace

std::string settings_reference() {
  std::string page =
      "# Settings\n\n"
      "Made from `base/settings/table.cc`; a test keeps the two equal.\n\n"
      "A setting comes from `--config FILE` (Kafka's server.properties format) or `--set\n"
      "key=value`. One that Kafka knows and that does nothing here is warned about; one that is\n"
      "unsafe to ignore, or that nobody knows, keeps the node from starting.\n";
  section(page, "Read at start", SettingScope::kNode);
  section(page, "Of the cluster, can be altered while it runs", SettingScope::kCluster);
  section(page, "Of a topic", SettingScope::kTopic);
  page += "\n## Known to Kafka, not to be set or without effect here\n\n| Names | |\n|---|---|\n";
  for (const auto& family : setting_families()) {
    std::string names;
    for (const auto name : names_of(family)) names += (names.empty() ? "" : ", ") + cell(name);
    page +=
        fmt::format("| {} | {}: {} |\n", names,
                    family.effect == SettingEffect::kRefused ? "refused" : "no effect", family.why);
  }
  return page;
}

}  // namespace millrace
