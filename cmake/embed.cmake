# Turns a text file into a header with one string constant: cmake -DINPUT= -DOUTPUT= -DNAME= -P embed.cmake
file(READ "${INPUT}" content)
# A raw string may have at most 65,536 characters in some compilers: pieces of 8,000 are joined by the language.
set(pieces "")
string(LENGTH "${content}" length)
set(at 0)
while(at LESS length)
  string(SUBSTRING "${content}" ${at} 8000 piece)
  string(APPEND pieces "R\"embed(${piece})embed\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE "${OUTPUT}" "// Made from a file of docs/ by cmake/embed.cmake.\n#pragma once\n\n#include <string_view>\n\nnamespace mpcstats {\ninline constexpr std::string_view ${NAME} =\n${pieces};\n}  // namespace mpcstats\n")
