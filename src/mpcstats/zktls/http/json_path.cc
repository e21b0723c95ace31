#include "mpcstats/zktls/http/json_path.h"

#include <fmt/core.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "mpcstats/zktls/http/text.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxText = std::size_t{1} << 24;

struct Node {
  JsonValueAt value;
  std::vector<Node> members;
  std::string_view name;  // as a member of an object
};

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Result<Node> Read() {
    if (text_.size() > kMaxText) return Wrong("the text is over 16 MiB");
    if (text_.starts_with("\xef\xbb\xbf")) return Wrong("a byte order mark");
    Skip();
    ASSIGN_OR_RETURN(Node root, Value(0));
    Skip();
    if (at_ != text_.size()) return Wrong("something after the value");
    return root;
  }

 private:
  std::unexpected<Error> Wrong(std::string_view what) const {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("byte {} of the JSON text: {}", at_, what));
  }
  void Skip() {
    while (at_ < text_.size() && (IsBlank(text_[at_]) || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }
  [[nodiscard]] char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<Node> Value(std::size_t depth) {
    if (depth == kMaxDepth) return Wrong("values nest deeper than 64");
    switch (Peek()) {
      case '{': return Object(depth);
      case '[': return Array(depth);
      case '"': {
        ASSIGN_OR_RETURN(const TextRange range, String());
        return Node{{JsonKind::kString, range}, {}, {}};
      }
      case 't': return Word("true", JsonKind::kTrue);
      case 'f': return Word("false", JsonKind::kFalse);
      case 'n': return Word("null", JsonKind::kNull);
      default: return Number();
    }
  }

  Result<Node> Word(std::string_view word, JsonKind kind) {
    if (text_.substr(at_, word.size()) != word) return Wrong("a value was expected");
    at_ += word.size();
    return Node{{kind, {at_ - word.size(), at_}}, {}, {}};
  }

  bool Digits() {
    const std::size_t begin = at_;
    while (IsDigit(Peek())) ++at_;
    return at_ > begin;
  }

  Result<Node> Number() {
    const std::size_t begin = at_;
    Take('-');
    if (!Take('0') && !Digits()) return Wrong("a value was expected");
    if (Take('.') && !Digits()) return Wrong("digits were expected after the point");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!Digits()) return Wrong("digits were expected in the exponent");
    }
    return Node{{JsonKind::kNumber, {begin, at_}}, {}, {}};
  }

  Result<TextRange> String() {
    if (!Take('"')) return Wrong("a string was expected");
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return Wrong("a control character in a string");
      ++at_;
      if (c != '\\') continue;
      const char escape = Peek();
      if (escape == 'u') {
        for (std::size_t i = 1; i <= 4; ++i) {
          if (at_ + i >= text_.size() || !IsHexDigit(text_[at_ + i]))
            return Wrong("four hexadecimal digits were expected");
        }
        at_ += 5;
      } else if (std::string_view("\"\\/bfnrt").find(escape) != std::string_view::npos && escape != '\0') {
        ++at_;
      } else {
        return Wrong("an escape that JSON does not have");
      }
    }
    if (!Take('"')) return Wrong("a string does not end");
    return TextRange{begin, at_ - 1};
  }

  Result<Node> Object(std::size_t depth) {
    Node node{{JsonKind::kObject, {at_, at_}}, {}, {}};
    std::set<std::string_view> names;
    ++at_;
    Skip();
    if (!Take('}')) {
      do {
        Skip();
        ASSIGN_OR_RETURN(const TextRange range, String());
        const std::string_view name = range.In(text_);
        if (name.find('\\') != std::string_view::npos) return Wrong("a name with an escape");
        if (!names.insert(name).second)
          return Wrong(fmt::format("the name \"{}\" stands twice in one object", name));
        Skip();
        if (!Take(':')) return Wrong("a colon was expected");
        Skip();
        ASSIGN_OR_RETURN(Node member, Value(depth + 1));
        member.name = name;
        node.members.push_back(std::move(member));
        Skip();
      } while (Take(','));
      if (!Take('}')) return Wrong("a comma or } was expected");
    }
    node.value.range.end = at_;
    return node;
  }

  Result<Node> Array(std::size_t depth) {
    Node node{{JsonKind::kArray, {at_, at_}}, {}, {}};
    ++at_;
    Skip();
    if (!Take(']')) {
      do {
        Skip();
        ASSIGN_OR_RETURN(Node element, Value(depth + 1));
        node.members.push_back(std::move(element));
        Skip();
      } while (Take(','));
      if (!Take(']')) return Wrong("a comma or ] was expected");
    }
    node.value.range.end = at_;
    return node;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Step {
  enum class Kind { kName, kIndex, kAll, kFilter } kind = Kind::kName;
  std::string_view name;
  std::string_view text;  // of a filter
  std::size_t index = 0;
};

class PathReader {
 public:
  explicit PathReader(std::string_view path) : path_(path) {}

  Result<std::vector<Step>> Read() {
    if (!Take("$")) return Wrong("a path starts with $");
    std::vector<Step> steps;
    while (at_ < path_.size()) {
      if (steps.size() == kMaxDepth) return Wrong("more than 64 steps");
      ASSIGN_OR_RETURN(const Step step, ReadStep());
      steps.push_back(step);
    }
    return steps;
  }

 private:
  std::unexpected<Error> Wrong(std::string_view what) const {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("character {} of the path {}: {}", at_ + 1, path_, what));
  }
  bool Take(std::string_view text) {
    if (!path_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  static bool IsNameCharacter(char c) {
    return IsDigit(c) || (LowerOf(c) >= 'a' && LowerOf(c) <= 'z') || c == '_' || c == '-' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  Result<std::string_view> Name() {
    const std::size_t begin = at_;
    while (at_ < path_.size() && IsNameCharacter(path_[at_])) ++at_;
    if (at_ == begin) return Wrong("a name was expected; write others as ['name']");
    return path_.substr(begin, at_ - begin);
  }

  // Up to the quote that it started with.
  Result<std::string_view> Quoted() {
    const char quote = at_ < path_.size() ? path_[at_] : '\0';
    if (quote != '"' && quote != '\'') return Wrong("a quoted text was expected");
    const std::size_t end = path_.find(quote, ++at_);
    if (end == std::string_view::npos) return Wrong("the text does not end");
    const std::string_view text = path_.substr(at_, end - at_);
    if (text.find('\\') != std::string_view::npos) return Wrong("texts with escapes cannot be compared");
    at_ = end + 1;
    return text;
  }

  Result<Step> ReadStep() {
    Step step;
    if (Take(".")) {
      ASSIGN_OR_RETURN(step.name, Name());
      return step;
    }
    if (!Take("[")) return Wrong("a step starts with . or [");
    if (Take("*")) {
      step.kind = Step::Kind::kAll;
    } else if (Take("?(@.")) {
      step.kind = Step::Kind::kFilter;
      ASSIGN_OR_RETURN(step.name, Name());
      if (!Take("==")) return Wrong("== was expected");
      ASSIGN_OR_RETURN(step.text, Quoted());
      if (!Take(")")) return Wrong(") was expected");
    } else if (at_ < path_.size() && IsDigit(path_[at_])) {
      step.kind = Step::Kind::kIndex;
      const std::size_t begin = at_;
      while (at_ < path_.size() && IsDigit(path_[at_])) step.index = step.index * 10 + HexValue(path_[at_++]);
      if (at_ - begin > 9) return Wrong("the index is too large");
    } else {
      ASSIGN_OR_RETURN(step.name, Quoted());
    }
    if (!Take("]")) return Wrong("] was expected");
    return step;
  }

  std::string_view path_;
  std::size_t at_ = 0;
};

const Node* Member(const Node& node, std::string_view name) {
  if (node.value.kind != JsonKind::kObject) return nullptr;
  for (const Node& member : node.members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

void Apply(const Step& step, const Node& node, std::string_view text, std::vector<const Node*>& out) {
  if (step.kind == Step::Kind::kName) {
    if (const Node* member = Member(node, step.name)) out.push_back(member);
    return;
  }
  if (node.value.kind != JsonKind::kArray) return;
  for (std::size_t i = 0; i < node.members.size(); ++i) {
    const Node& element = node.members[i];
    bool takes = step.kind == Step::Kind::kAll || (step.kind == Step::Kind::kIndex && step.index == i);
    if (step.kind == Step::Kind::kFilter) {
      const Node* member = Member(element, step.name);
      takes = member != nullptr && member->value.kind == JsonKind::kString &&
              member->value.range.In(text) == step.text;
    }
    if (takes) out.push_back(&element);
  }
}

}  // namespace

Result<std::vector<JsonValueAt>> FindJsonValues(std::string_view text, std::string_view path) {
  ASSIGN_OR_RETURN(const std::vector<Step> steps, PathReader(path).Read());
  ASSIGN_OR_RETURN(const Node root, JsonReader(text).Read());
  std::vector<const Node*> nodes = {&root};
  for (const Step& step : steps) {
    std::vector<const Node*> next;
    for (const Node* node : nodes) Apply(step, *node, text, next);
    nodes = std::move(next);
  }
  std::vector<JsonValueAt> found;
  for (const Node* node : nodes) found.push_back(node->value);
  return found;
}

Result<JsonValueAt> FindJsonValue(std::string_view text, std::string_view path) {
  ASSIGN_OR_RETURN(const std::vector<JsonValueAt> found, FindJsonValues(text, path));
  if (found.empty())
    return Fail(ErrorCode::kNotFound, fmt::format("nothing in the JSON text is at {}", path));
  if (found.size() > 1) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} values of the JSON text are at {}; make the path name one", found.size(), path));
  }
  return found[0];
}

}  // namespace mpcstats
