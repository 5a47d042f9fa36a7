# Language, warnings, hardening and sanitizers: the same for every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")

set(MILLRACE_SANITIZER "" CACHE STRING "Sanitizers for -fsanitize=, comma separated")
option(MILLRACE_WERROR "Treat warnings as errors" ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# __FILE__ and debug information name files relative to the source tree: readable messages, and the
# same object file (a ccache hit) from every checkout.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

add_compile_options(-Wall -Wextra -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
                    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++ 12 sees uninitialised members in every moved std::variant at -O2.
  add_compile_options(-Wno-maybe-uninitialized)
endif()
if(MILLRACE_WERROR)
  add_compile_options(-Werror)
endif()

if(MILLRACE_SANITIZER)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZER} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MILLRACE_SANITIZER})
  if(MILLRACE_SANITIZER MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Lets the fuzzers see which branches of the libraries an input takes.
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
else()
  add_compile_options(-fstack-protector-strong -fcf-protection)
  add_compile_definitions(_FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
endif()
