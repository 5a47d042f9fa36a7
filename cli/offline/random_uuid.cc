#include <ostream>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/offline/machine.h"

namespace millrace::cli {
namespace {

std::vector<Problem> print_uuid(Context& context) {
  const auto id = random_uuid().to_string();
  const bool as_json = context.globals().output == OutputFormat::kJson;
  context.io().out << (as_json ? Json{{"uuid", id}}.dump() : id) << "\n";
  return {};
}

}  // namespace

Command storage_random_uuid_command() {
  return {
      .path = "storage random-uuid",
      .summary = "Print a new id",
      .details = "For --cluster-id, once a cluster, and for the directories of its first voters.",
      .shape = {.fields = {{"uuid", FieldType::kString, "22 characters of URL-safe base64"}},
                .columns = {{"UUID", "uuid"}},
                .name = "uuid"},
      .examples = {{"CLUSTER=$(millrace storage random-uuid)", "for the commands that follow"}},
      .stream = print_uuid,
      .refused_formats = {OutputFormat::kWide, OutputFormat::kYaml},
  };
}

}  // namespace millrace::cli
