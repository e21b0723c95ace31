#include "mpcstats/survey/template.h"

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::string_view kTag = "mpcstats/v1/template";

void WriteParts(Writer& writer, const std::vector<TemplatePart>& parts) {
  writer.U16(static_cast<std::uint16_t>(parts.size()));
  for (const TemplatePart& part : parts) {
    writer.U8(part.hole ? 1 : 0);
    if (part.hole) {
      writer.U16(static_cast<std::uint16_t>(*part.hole));
    } else {
      writer.String(part.literal);
    }
  }
}

void WriteTexts(Writer& writer, const std::vector<std::string>& texts) {
  writer.U16(static_cast<std::uint16_t>(texts.size()));
  for (const std::string& text : texts) writer.String(text);
}

void WriteHole(Writer& writer, const TemplateHole& hole) {
  writer.String(hole.name)
      .U8(static_cast<std::uint8_t>(hole.kind))
      .U8(static_cast<std::uint8_t>(hole.charset));
  writer.U32(static_cast<std::uint32_t>(hole.min_length)).U32(static_cast<std::uint32_t>(hole.max_length));
  writer.U8(static_cast<std::uint8_t>(hole.integer_digits)).U8(static_cast<std::uint8_t>(hole.min_fraction));
  writer.U8(static_cast<std::uint8_t>(hole.max_fraction))
      .U8(hole.negative ? 1 : 0)
      .U8(hole.leading_zeros ? 1 : 0);
  WriteTexts(writer, hole.values);
}

void WriteBound(Writer& writer, const std::optional<std::int64_t>& bound) {
  writer.U8(bound ? 1 : 0).U64(static_cast<std::uint64_t>(bound.value_or(0)));
}

}  // namespace

std::bitset<256> BytesOfCharset(Charset charset) {
  std::bitset<256> set;
  const auto add = [&set](unsigned first, unsigned last) {
    for (unsigned byte = first; byte <= last; ++byte) set.set(byte);
  };
  const auto add_text = [&set](std::string_view text) {
    for (const char c : text) set.set(static_cast<unsigned char>(c));
  };
  switch (charset) {
    case Charset::kHex:
      add('a', 'f');
      add('A', 'F');
      [[fallthrough]];
    case Charset::kDigits: add('0', '9'); break;
    case Charset::kNumber:
      add('0', '9');
      add_text(".-+eE");
      break;
    case Charset::kBase64Url:
    case Charset::kBase64:
    case Charset::kAlphanumeric:
      add('0', '9');
      add('a', 'z');
      add('A', 'Z');
      if (charset == Charset::kBase64Url) add_text("-_");
      if (charset == Charset::kBase64) add_text("+/=");
      break;
    case Charset::kAscii:
    case Charset::kString:
      add(0x20, charset == Charset::kAscii ? 0x7e : 0xff);
      set.reset('"').reset('\\').reset(0x7f);
      break;
    case Charset::kHeader: add(0x20, 0x7e); break;
  }
  return set;
}

std::string_view CharsetName(Charset charset) {
  switch (charset) {
    case Charset::kDigits: return "digits";
    case Charset::kHex: return "hex";
    case Charset::kAlphanumeric: return "alphanumeric";
    case Charset::kBase64Url: return "base64url";
    case Charset::kBase64: return "base64";
    case Charset::kNumber: return "number";
    case Charset::kAscii: return "ascii";
    case Charset::kString: return "string";
    case Charset::kHeader: return "header";
  }
  return {};
}

std::optional<std::size_t> Template::FindHole(std::string_view name) const {
  const auto found = std::ranges::find(holes, name, &TemplateHole::name);
  if (found == holes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - holes.begin());
}

Bytes TemplateBytes(const Template& source) {
  Writer writer;
  writer.Raw(AsBytes(kTag)).String(source.id).String(source.title).String(source.host).U16(source.port);
  WriteParts(writer, source.request);
  WriteTexts(writer, source.hidden_headers);
  WriteParts(writer, source.body);
  writer.U16(static_cast<std::uint16_t>(source.holes.size()));
  for (const TemplateHole& hole : source.holes) WriteHole(writer, hole);
  writer.U16(static_cast<std::uint16_t>(source.predicates.size()));
  for (const TemplatePredicate& predicate : source.predicates) {
    writer.String(predicate.name).U16(static_cast<std::uint16_t>(predicate.hole));
    WriteBound(writer, predicate.at_least);
    WriteBound(writer, predicate.at_most);
    writer.String(predicate.is);
  }
  return std::move(writer).Take();
}

Bytes32 TemplateHash(const Template& source) { return Sha256(TemplateBytes(source)); }

}  // namespace mpcstats
