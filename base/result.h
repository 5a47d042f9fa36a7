#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace millrace {

/// A value or the expected failure that took its place. Ignoring one is a compile error.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// Success without a value.
using Status = Result<void>;

/// `return fail(ErrorCode::kNotFound, "no topic named 'a'");`
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

/// The same failure, told from one level higher: "context: message".
inline tl::unexpected<Error> fail_in(std::string context, Error error) {
  return fail(error.code, std::move(context) + ": " + error.message);
}

}  // namespace millrace

#define MILLRACE_CONCAT_INNER(a, b) a##b
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_INNER(a, b)

/// Returns the error of a Status or Result to the caller, and does nothing on success.
#define RETURN_IF_ERROR(expression)                                \
  do {                                                             \
    if (auto millrace_status = (expression); !millrace_status) {   \
      return ::millrace::fail(std::move(millrace_status).error()); \
    }                                                              \
  } while (false)

/// `ASSIGN_OR_RETURN(const auto size, file->size());`
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_IMPL(MILLRACE_CONCAT(millrace_result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_IMPL(result, declaration, expression)     \
  auto result = (expression);                                      \
  if (!result) return ::millrace::fail(std::move(result).error()); \
  declaration = std::move(*result)
