#include "cli/offline/voter_items.h"

#include <fmt/format.h>

namespace millrace::cli {

Json voters_json(const raft::VoterSet& voters) {
  auto list = Json::array();
  for (const auto& voter : voters) {
    list.push_back({{"node_id", voter.id.value()}, {"directory_id", voter.directory.to_string()}});
  }
  return list;
}

std::vector<Field> voter_fields() {
  return {
      {"node_id", FieldType::kInteger, "node of the voter"},
      {"directory_id", FieldType::kString, "directory that it votes with"},
  };
}

std::string voters_text(const raft::VoterSet& voters) {
  std::string text;
  for (const auto& voter : voters) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", voter.id.value(),
                        voter.directory.to_string());
  }
  return text.empty() ? "none" : text;
}

}  // namespace millrace::cli
