#include <fmt/format.h>

#include "broker/handlers/table.h"

namespace millrace::broker {

std::string compatibility_page() {
  std::string page =
      "# Kafka APIs\n\n"
      "Made from the table that dispatches requests and answers ApiVersions\n"
      "(`broker/handlers/table.cc`); a test compares. Versions are those of Kafka 4.3.\n\n"
      "| key | API | versions | allowed by | note |\n|--:|---|---|---|---|\n";
  for (const ApiEntry& api : api_table()) {
    const kafka::ApiInfo& info = api.info();
    page += fmt::format("| {} | {} | {} to {} | {} | {} |\n", static_cast<std::int16_t>(info.key),
                        info.name, info.min, info.max, name_of(api.authorized_by), api.note);
  }
  page +=
      "\nA request of another API, or of a version outside its range, closes the connection; only\n"
      "ApiVersions answers it, with the list above and UNSUPPORTED_VERSION. No feature\n"
      "(`transaction.version`, `group.version` and so on) is finalised: transactions, consumer\n"
      "groups and share groups are not there yet.\n";
  return page;
}

}  // namespace millrace::broker
