// The straight-line program of the S-box as data; the other AES parts are in aes.cc.
#include <array>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/aes.h"

namespace mpcstats {
namespace {

struct Step {
  char op;  // '+' is XOR, '*' is AND
  std::uint8_t a;
  std::uint8_t b;
};

// Value 0 is the highest bit of the input and value 7 the lowest; step i makes value 8 + i. In order: the
// linear map into the tower field (23 steps), the product part and norm (22), the inversion in GF(2^4) (16),
// sums for and the 18 products with it (23), the linear map back (32).
constexpr std::array<Step, 116> kProgram = {
    {{'+', 3, 5},     {'+', 0, 6},    {'+', 0, 3},     {'+', 0, 5},     {'+', 1, 2},    {'+', 12, 7},
     {'+', 13, 3},    {'+', 9, 8},    {'+', 13, 0},    {'+', 13, 6},    {'+', 17, 11},  {'+', 4, 15},
     {'+', 19, 5},    {'+', 19, 1},   {'+', 20, 7},    {'+', 20, 12},   {'+', 21, 10},  {'+', 7, 24},
     {'+', 23, 24},   {'+', 23, 11},  {'+', 12, 24},   {'+', 9, 28},    {'+', 0, 28},   {'*', 15, 20},
     {'*', 18, 22},   {'+', 32, 31},  {'*', 14, 7},    {'+', 34, 31},   {'*', 9, 28},   {'*', 17, 13},
     {'+', 37, 36},   {'*', 16, 25},  {'+', 39, 36},   {'*', 10, 24},   {'*', 8, 26},   {'+', 42, 41},
     {'*', 11, 23},   {'+', 44, 41},  {'+', 33, 43},   {'+', 35, 45},   {'+', 38, 43},  {'+', 40, 45},
     {'+', 46, 21},   {'+', 47, 27},  {'+', 48, 29},   {'+', 49, 30},   {'*', 50, 52},  {'+', 50, 51},
     {'+', 53, 54},   {'*', 55, 56},  {'+', 52, 53},   {'+', 51, 54},   {'*', 58, 59},  {'+', 54, 57},
     {'*', 51, 61},   {'+', 54, 60},  {'*', 53, 63},   {'+', 51, 57},   {'+', 53, 60},  {'+', 52, 66},
     {'+', 67, 64},   {'+', 50, 65},  {'+', 69, 62},   {'+', 70, 68},   {'+', 65, 66},  {'+', 65, 70},
     {'+', 66, 68},   {'+', 72, 71},  {'*', 74, 20},   {'*', 68, 22},   {'*', 66, 7},   {'*', 73, 28},
     {'*', 70, 13},   {'*', 65, 25},  {'*', 72, 24},   {'*', 75, 26},   {'*', 71, 23},  {'*', 74, 15},
     {'*', 68, 18},   {'*', 66, 14},  {'*', 73, 9},    {'*', 70, 17},   {'*', 65, 16},  {'*', 72, 10},
     {'*', 75, 8},    {'*', 71, 11},  {'+', 91, 92},   {'+', 86, 87},   {'+', 81, 89},  {'+', 85, 86},
     {'+', 78, 88},   {'+', 78, 81},  {'+', 83, 84},   {'+', 76, 79},   {'+', 82, 83},  {'+', 92, 93},
     {'+', 88, 96},   {'+', 98, 101}, {'+', 80, 94},   {'+', 79, 102},  {'+', 94, 105}, {'+', 90, 105},
     {'+', 100, 106}, {'+', 97, 106}, {'+', 80, 107},  {'+', 109, 110}, {'+', 77, 111}, {'+', 107, 111},
     {'+', 104, 110}, {'+', 96, 108}, {'+', 112, 113}, {'+', 101, 114}, {'+', 99, 114}, {'+', 95, 113},
     {'+', 112, 119}, {'+', 103, 118}}};

// Which value is which bit of the result, highest bit first, before the constant 0x63 is added.
constexpr std::array<std::uint8_t, 8> kResults = {115, 122, 123, 119, 120, 121, 116, 117};
constexpr unsigned kAffineConstant = 0x63;

}  // namespace

Wires AesSbox(CircuitBuilder& builder, WireSpan byte) {
  CHECK(byte.size() == 8);
  std::array<Wire, 8 + kProgram.size()> values;
  for (std::size_t i = 0; i < 8; ++i) values[i] = byte[7 - i];
  for (std::size_t i = 0; i < kProgram.size(); ++i) {
    const auto [op, a, b] = kProgram[i];
    values[8 + i] = op == '*' ? builder.And(values[a], values[b]) : builder.Xor(values[a], values[b]);
  }
  Wires out(8);
  for (std::size_t k = 0; k < 8; ++k) {
    const Wire bit = values[kResults[7 - k]];
    out[k] = ((kAffineConstant >> k) & 1u) != 0 ? CircuitBuilder::Not(bit) : bit;
  }
  return out;
}

}  // namespace mpcstats
