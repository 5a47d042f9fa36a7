#include "cli/run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ostream>

#include "cli/client/properties.h"
#include "cli/command_table.h"
#include "cli/help.h"
#include "cli/output/render.h"
#include "cli/output/schema.h"
#include "cli/output/table.h"
#include "cli/parse.h"
#include "cli/version.h"

namespace millrace::cli {
namespace {

const Shape kNoShape;

int finish(ExitCode code, Io& io) {
  io.out << std::flush;
  if (io.out.good()) return static_cast<int>(code);
  io.err << "millrace: cannot write to standard output\n";
  return static_cast<int>(std::max(code, ExitCode::kFailed));
}

int print(const Rendered& rendered, ExitCode code, Io& io) {
  io.out << rendered.out;
  io.err << rendered.err;
  return finish(code, io);
}

int report(const std::string& command, std::vector<Problem> errors, OutputFormat format, Io& io) {
  const auto code = exit_code_of(errors);
  const bool document = is_document(format);
  Outcome outcome;
  outcome.errors = std::move(errors);
  return print(render(command, kNoShape, outcome, document ? format : OutputFormat::kTable), code,
               io);
}

// A stream has printed a line for each record, so that its errors take one line as well.
int report_of_stream(const std::string& command, std::vector<Problem> errors, OutputFormat format,
                     Io& io) {
  if (errors.empty()) return finish(ExitCode::kDone, io);
  if (format != OutputFormat::kJson) return report(command, std::move(errors), format, io);
  const auto code = exit_code_of(errors);
  Outcome outcome;
  outcome.errors = std::move(errors);
  io.out << document(command, outcome).dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  return finish(code, io);
}

int print_schema(const Command& command, Io& io) {
  const bool lines = command.stream != nullptr;
  const auto schema =
      lines ? item_schema(command.shape.fields) : document_schema(command.path, command.shape);
  io.out << schema.dump(2) << "\n";
  return finish(ExitCode::kDone, io);
}

int print_properties(Io& io) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& spec : client_properties()) rows.push_back({spec.name, spec.values, spec.text});
  io.out << table_text({"PROPERTY", "VALUES", "MEANING"}, rows);
  io.out << "produce and consume take every property of librdkafka.\n";
  return finish(ExitCode::kDone, io);
}

int run_command(Invocation invocation, Io& io, const Environment& environment) {
  const Command& command = invocation.command();
  const auto format = invocation.globals.output;
  const auto& refused = command.refused_formats;
  if (std::find(refused.begin(), refused.end(), format) != refused.end()) {
    return report(command.path,
                  {usage_problem("-o", fmt::format("millrace {} has no output format {}",
                                                   command.path, name_of(format)))},
                  format, io);
  }
  if (format == OutputFormat::kSchema) return print_schema(command, io);
  if (format == OutputFormat::kTsvHeader) {
    io.out << tsv_header(command.shape);
    return finish(ExitCode::kDone, io);
  }
  Context context(std::move(invocation), io, environment);
  if (command.stream != nullptr) {
    return report_of_stream(command.path, command.stream(context), format, io);
  }
  const auto outcome = command.answer(context);
  return print(render(command.path, command.shape, outcome, format), exit_code_of(outcome.errors),
               io);
}

int show_help(const std::string& path, OutputFormat format, Io& io) {
  if (format == OutputFormat::kJson) {
    io.out << help_json(path).dump(2) << "\n";
  } else {
    io.out << help_text(path);
  }
  return finish(ExitCode::kDone, io);
}

int show_version(OutputFormat format, Io& io) {
  if (is_document(format)) {
    Outcome outcome;
    outcome.items.push_back({{"version", kVersion}});
    return print(render("version", kNoShape, outcome, format), ExitCode::kDone, io);
  }
  io.out << "millrace " << kVersion << "\n";
  return finish(ExitCode::kDone, io);
}

int nothing_asked(const std::string& path, OutputFormat format, Io& io) {
  if (!is_document(format)) io.err << help_text(path);
  const auto words = words_after(path);
  return report(
      path,
      {usage_problem(
          path, path.empty() ? "no command given" : fmt::format("millrace {} needs a verb", path),
          fmt::format("one of {}", fmt::join(words, ", ")))},
      format, io);
}

}  // namespace

int run(const std::vector<std::string>& args, Io& io, const Environment& environment) {
  auto parsed = parse(args, environment);
  if (!parsed) {
    const auto seen = glimpse(args);
    return report(seen.command, {parsed.error()}, seen.output, io);
  }
  switch (parsed->kind) {
    case Parsed::Kind::kHelp:
      return show_help(parsed->path, glimpse(args).output, io);
    case Parsed::Kind::kVersion:
      return show_version(glimpse(args).output, io);
    case Parsed::Kind::kProperties:
      return print_properties(io);
    case Parsed::Kind::kNothing:
      return nothing_asked(parsed->path, glimpse(args).output, io);
    case Parsed::Kind::kCommand:
      break;
  }
  return run_command(std::move(parsed->invocation), io, environment);
}

}  // namespace millrace::cli
