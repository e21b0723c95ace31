#include "mpcstats/net/http_router.h"

#include <algorithm>
#include <set>

#include "mpcstats/base/check.h"
#include "mpcstats/net/http_url.h"

namespace mpcstats {
namespace {

// "/a/b" is a, b and "/" is one empty segment; a path that does not start with a slash has none.
std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.starts_with('/')) return segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    segments.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

}  // namespace

const std::string& HttpParams::Get(std::string_view name) const {
  const auto found = std::ranges::find(values_, name, [](const auto& value) { return value.first; });
  CHECK(found != values_.end());
  return found->second;
}

void HttpRouter::Add(std::string method, std::string_view pattern, Handler handler) {
  Route route{std::move(method), {}, std::move(handler)};
  std::set<std::string_view> names;
  for (const std::string_view segment : Split(pattern)) {
    const bool is_name = segment.starts_with('{') && segment.ends_with('}') && segment.size() > 2;
    const std::string_view text = is_name ? segment.substr(1, segment.size() - 2) : segment;
    CHECK(!text.contains('{') && !text.contains('}') && !text.contains('?'));
    CHECK(!text.empty() || pattern == "/");
    if (is_name) CHECK(names.insert(text).second);
    route.segments.push_back({std::string(text), is_name});
  }
  CHECK(!route.segments.empty() && !route.method.empty() && route.handler);

  // Text sorts before names, segment by segment, so that the first match is the most exact one.
  const auto key = [](const Route& of) {
    std::vector<std::pair<bool, std::string_view>> shape;
    for (const Segment& segment : of.segments) {
      shape.emplace_back(segment.is_name, segment.is_name ? std::string_view() : segment.text);
    }
    return shape;
  };
  for (const Route& other : routes_) CHECK(other.method != route.method || key(other) != key(route));
  const auto before =
      std::ranges::find_if(routes_, [&](const Route& other) { return key(route) < key(other); });
  routes_.insert(before, std::move(route));
}

bool HttpRouter::Matches(const Route& route, const std::vector<std::string_view>& path) {
  if (route.segments.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const Segment& segment = route.segments[i];
    if (segment.is_name ? path[i].empty() : path[i] != segment.text) return false;
  }
  return true;
}

const HttpRouter::Route* HttpRouter::Find(std::string_view method,
                                          const std::vector<std::string_view>& path) const {
  for (const Route& route : routes_) {
    if (route.method == method && Matches(route, path)) return &route;
  }
  return nullptr;
}

std::string HttpRouter::Allowed(const std::vector<std::string_view>& path) const {
  std::set<std::string_view> methods;
  for (const Route& route : routes_) {
    if (Matches(route, path)) methods.insert(route.method);
  }
  if (methods.contains("GET")) methods.insert("HEAD");
  std::string list;
  for (const std::string_view method : methods) {
    if (!list.empty()) list += ", ";
    list += method;
  }
  return list;
}

void HttpRouter::Handle(HttpRequest request, HttpReply reply) const {
  // The values point into it after the request has moved on.
  const std::string target = request.target;
  const std::vector<std::string_view> path = Split(target);
  const Route* route = Find(request.method, path);
  if (route == nullptr && request.method == "HEAD") route = Find("GET", path);
  if (route == nullptr) {
    const std::string allowed = Allowed(path);
    if (allowed.empty()) {
      return reply(Problem(404, "not-found", "Not found", "Nothing is at this address; check its spelling."));
    }
    HttpResponse response =
        Problem(405, "method-not-allowed", "Method not allowed", "This address takes only " + allowed + ".");
    response.headers.emplace_back("allow", allowed);
    return reply(std::move(response));
  }
  HttpParams params;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!route->segments[i].is_name) continue;
    Result<std::string> value = PercentDecode(path[i]);
    if (!value) {
      return reply(
          Problem(400, "bad-address", "Malformed address", "In the path: " + value.error().message()));
    }
    params.values_.emplace_back(route->segments[i].text, std::move(*value));
  }
  route->handler(std::move(request), std::move(params), std::move(reply));
}

}  // namespace mpcstats
