#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>

#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/local_problem.h"
#include "cli/text/id.h"
#include "cli/tls/key_files.h"

namespace millrace::cli {
namespace {

constexpr int kDaysDefault = 365;

/// For a node that is tried out where it runs.
std::vector<std::string> own_hosts() {
  std::vector<std::string> hosts = {"localhost", "127.0.0.1"};
  std::array<char, 256> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  if (known && hosts.front() != name.data()) hosts.insert(hosts.begin(), name.data());
  return hosts;
}

NodeCertificate wanted_by(const Invocation& invocation) {
  auto hosts = invocation.all("--host");
  if (hosts.empty()) hosts = own_hosts();
  return {NodeId(static_cast<std::int32_t>(invocation.integer("--node").value_or(0))),
          invocation.text_or("--cluster-id", ""), std::move(hosts),
          static_cast<int>(invocation.integer("--days").value_or(kDaysDefault))};
}

Result<Identity> make_files(const std::string& directory, const std::string& name,
                            const NodeCertificate& wanted, bool force) {
  const auto authority = read_identity(directory, "ca");
  if (!authority && authority.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no authority in {}; make one with millrace tls init-ca "
                            "--dir {}",
                            directory, directory));
  }
  if (!authority) return fail(authority.error());
  ASSIGN_OR_RETURN(const bool there, has_identity(directory, name));
  if (there && !force) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("{} holds a certificate or key of {} already; --force takes its place",
                            directory, name));
  }
  ASSIGN_OR_RETURN(auto identity, issue_certificate(*authority, wanted));
  RETURN_IF_ERROR(write_identity(directory, name, identity));
  return identity;
}

Outcome issue(Context& context) {
  const auto& invocation = context.invocation();
  const auto directory = invocation.text_or("--dir", "");
  const auto wanted = wanted_by(invocation);
  if (const auto id = parse_id("--cluster-id", wanted.cluster_id); !id)
    return Outcome::failed(id.error());
  const auto name = fmt::format("node-{}", wanted.node.value());
  const auto made = make_files(directory, name, wanted, invocation.has("--force"));
  if (!made) return Outcome::failed(local_problem(made.error(), directory));
  Outcome outcome;
  outcome.items.push_back({{"node_id", wanted.node.value()},
                           {"uri", node_uri(wanted.cluster_id, wanted.node)},
                           {"hosts", fmt::format("{}", fmt::join(wanted.hosts, ","))},
                           {"certificate", fmt::format("{}/{}.crt", directory, name)},
                           {"key", fmt::format("{}/{}.key", directory, name)},
                           {"valid_until", last_day_of(made->certificate)}});
  return outcome;
}

std::vector<Option> issue_options() {
  return {
      {.names = "--node",
       .value = "N",
       .text = "the node's node.id",
       .kind = ValueKind::kInteger,
       .required = true},
      {.names = "-t,--cluster-id", .value = "ID", .text = "the cluster's id", .required = true},
      {.names = "--dir",
       .value = "DIR",
       .text = "where ca.crt and ca.key are, and the new files go",
       .required = true},
      {.names = "--host",
       .value = "NAME_OR_IP",
       .text = "a name or address that the node is reached at",
       .repeatable = true,
       .fallback = "this machine's name, localhost and 127.0.0.1"},
      {.names = "--days",
       .value = "N",
       .text = "how long it holds, but not longer than the authority",
       .kind = ValueKind::kInteger,
       .fallback = "365",
       .min = 1,
       .max = 36'500},
      {.names = "--force",
       .text = "take the place of the certificate and key that are there",
       .kind = ValueKind::kFlag},
  };
}

}  // namespace

Command tls_issue_command() {
  return {
      .path = "tls issue",
      .summary = "Make the certificate of a node",
      .details =
          "Writes node-N.crt and node-N.key. Nodes know each other by what the certificate says, "
          "millrace://CLUSTER_ID/node/N, so it is good for this node of this cluster only. It "
          "serves and it asks.",
      .options = issue_options(),
      .shape = {.fields = {{"node_id", FieldType::kInteger, "the node"},
                           {"uri", FieldType::kString, "what other nodes know it by"},
                           {"hosts", FieldType::kString, "names and addresses, with commas"},
                           {"certificate", FieldType::kString, "file of the certificate"},
                           {"key", FieldType::kString, "file of the key"},
                           {"valid_until", FieldType::kString, "last day, as 2027-11-28 (UTC)"}},
                .columns = {{"NODE", "node_id"},
                            {"CERTIFICATE", "certificate"},
                            {"KEY", "key"},
                            {"VALID_UNTIL", "valid_until"},
                            {"HOSTS", "hosts", true},
                            {"URI", "uri", true}},
                .name = "certificate"},
      .examples =
          {{"millrace tls issue --node 1 -t $CLUSTER --dir ca --host node-1 --host 10.0.1.7",
            "node 1, by name and address"}},
      .answer = issue,
  };
}

}  // namespace millrace::cli
