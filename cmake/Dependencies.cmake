# The libraries that Millrace uses, all from Debian 12 or 13. The packages that hold them are listed
# in ./dev, which installs them. Each target links only what its folder may include; see
# docs/architecture.md.

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(Catch2 REQUIRED)
find_package(benchmark REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED)

# Its CMake package of Debian 12 asks for others that Debian 12 does not have.
find_package(PkgConfig REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc++)
find_program(MILLRACE_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)

# Debian ships no CMake package file for these.
function(millrace_import name header library)
  find_path(${name}_INCLUDE ${header} REQUIRED)
  find_library(${name}_LIBRARY ${library} REQUIRED)
  add_library(millrace::${name} UNKNOWN IMPORTED)
  set_target_properties(millrace::${name} PROPERTIES
    IMPORTED_LOCATION ${${name}_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${${name}_INCLUDE})
endfunction()
millrace_import(isal isa-l/crc.h isal)
millrace_import(zstd zstd.h zstd)
millrace_import(lz4 lz4frame.h lz4)
millrace_import(snappy snappy-c.h snappy)
millrace_import(rdkafka librdkafka/rdkafka.h rdkafka)
