#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/local_problem.h"
#include "cli/tls/key_files.h"

namespace millrace::cli {
namespace {

constexpr const char* kName = "ca";
constexpr int kDaysDefault = 3650;

Result<Identity> make_files(const std::string& directory, int days, bool force) {
  RETURN_IF_ERROR(ensure_key_directory(directory));
  ASSIGN_OR_RETURN(const bool there, has_identity(directory, kName));
  if (there && !force) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("{} holds an authority already; use another directory, or --force to "
                            "make a new one and issue every certificate anew",
                            directory));
  }
  ASSIGN_OR_RETURN(auto identity, make_authority(days));
  RETURN_IF_ERROR(write_identity(directory, kName, identity));
  return identity;
}

Outcome init_ca(Context& context) {
  const auto& invocation = context.invocation();
  const auto directory = invocation.text_or("--dir", "");
  const auto days = static_cast<int>(invocation.integer("--days").value_or(kDaysDefault));
  const auto made = make_files(directory, days, invocation.has("--force"));
  if (!made) return Outcome::failed(local_problem(made.error(), directory));
  Outcome outcome;
  outcome.items.push_back({{"certificate", directory + "/ca.crt"},
                           {"key", directory + "/ca.key"},
                           {"valid_until", last_day_of(made->certificate)}});
  return outcome;
}

}  // namespace

Command tls_init_ca_command() {
  return {
      .path = "tls init-ca",
      .summary = "Make the authority of a cluster's certificates",
      .details =
          "Writes ca.crt, which every node needs, and ca.key, which only tls issue needs: whoever "
          "has the key can make nodes of the cluster, so keep it away from them.",
      .options = {{.names = "--dir",
                   .value = "DIR",
                   .text = "where to; created if it is missing",
                   .required = true},
                  {.names = "--days",
                   .value = "N",
                   .text = "how long the authority holds",
                   .kind = ValueKind::kInteger,
                   .fallback = "3650",
                   .min = 1,
                   .max = 36'500},
                  {.names = "--force",
                   .text = "take the place of the authority that is there",
                   .kind = ValueKind::kFlag}},
      .shape = {.fields = {{"certificate", FieldType::kString, "file of the certificate"},
                           {"key", FieldType::kString, "file of the key"},
                           {"valid_until", FieldType::kString, "last day, as 2027-11-28 (UTC)"}},
                .columns = {{"CERTIFICATE", "certificate"},
                            {"KEY", "key"},
                            {"VALID_UNTIL", "valid_until"}},
                .name = "certificate"},
      .examples = {{"millrace tls init-ca --dir ca", "once a cluster"}},
      .answer = init_ca,
  };
}

}  // namespace millrace::cli
