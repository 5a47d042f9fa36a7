#pragma once

#include "base/check.h"

// Catch2's CHECK goes on after a failure; in this project CHECK is base/check.h's, also in tests.
#pragma push_macro("CHECK")
#undef CHECK
// Debian 12 has Catch2 2 (one header), Debian 13 has Catch2 3.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
#pragma pop_macro("CHECK")

#include "base/result.h"

/// Fails the test with the error's text unless the Result or Status holds.
#define REQUIRE_OK(expression)                                                    \
  do {                                                                            \
    auto&& millrace_checked = (expression);                                       \
    if (!millrace_checked) FAIL(::millrace::to_string(millrace_checked.error())); \
    SUCCEED();                                                                    \
  } while (false)

/// The expression must fail with exactly this code.
#define REQUIRE_ERROR(expression, expected_code)                     \
  do {                                                               \
    auto&& millrace_checked = (expression);                          \
    REQUIRE_FALSE(millrace_checked.has_value());                     \
    REQUIRE_SAME_CODE(millrace_checked.error().code, expected_code); \
  } while (false)
#define REQUIRE_SAME_CODE(actual, expected) \
  REQUIRE(::millrace::name_of(actual) == ::millrace::name_of(expected))
