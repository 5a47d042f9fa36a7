#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/problem.h"
#include "cli/records/record.h"

namespace millrace::cli {

/// A template for printing records, in kcat's verbs:
/// %s or %v value, %S its bytes or -1, %R its length as 4 big-endian bytes, %k key, %K its bytes or
/// -1, %t topic, %p partition, %o offset, %T timestamp in ms, %h headers as a=1,b=2, %% a percent
/// sign; and the escapes of `unescape`. A null key or value prints as nothing.
class RecordFormat {
 public:
  static Answer<RecordFormat> parse(std::string_view text);

  void append(const Record& record, std::string& out) const;

 private:
  struct Piece {
    char verb = 0;     // 0 for literal text
    std::string text;  // the literal
  };
  static void append_verb(char verb, const Record& record, std::string& out);

  std::vector<Piece> pieces_;
};

}  // namespace millrace::cli
