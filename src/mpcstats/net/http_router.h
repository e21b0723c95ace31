// HttpRouter: from method and path to a handler.
//
//   HttpRouter router;
//   router.Add("GET", "/v1/surveys/{survey}/submissions/{id}",
//              [&](HttpRequest request, HttpParams params, HttpReply reply) { ... params.Get("id") ... });
//   HttpServer::Start(options, [&](HttpRequest r, HttpReply reply) { router.Handle(std::move(r), std::move(reply)); });
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mpcstats/net/http_message.h"
#include "mpcstats/net/http_problem.h"

namespace mpcstats {

/// What stood in the places of a pattern, percent-decoded, never empty.
class HttpParams {
 public:
  /// The value of a name of the pattern; a name that it does not have breaks a CHECK.
  [[nodiscard]] const std::string& Get(std::string_view name) const;

 private:
  friend class HttpRouter;
  std::vector<std::pair<std::string_view, std::string>> values_;
};

/// Routes are added before the first request; after that Handle may be called from several threads.
class HttpRouter {
 public:
  using Handler = std::function<void(HttpRequest, HttpParams, HttpReply)>;

  /// `pattern` is "/" or segments that are text or `{name}`; a route with text wins over one with a name. The same
  /// method and shape twice, or a malformed pattern, breaks a CHECK.
  void Add(std::string method, std::string_view pattern, Handler handler);

  /// Calls the route's handler, or replies itself: 404 (no such path), 405 with Allow (path without that method),
  /// 400 (broken percent-encoding). HEAD goes to the GET handler unless it has a route of its own.
  /// Cost:     linear in the number of routes.
  void Handle(HttpRequest request, HttpReply reply) const;

 private:
  struct Segment {
    std::string text;
    bool is_name;
  };
  struct Route {
    std::string method;
    std::vector<Segment> segments;
    Handler handler;
  };
  [[nodiscard]] static bool Matches(const Route& route, const std::vector<std::string_view>& path);
  [[nodiscard]] const Route* Find(std::string_view method, const std::vector<std::string_view>& path) const;
  [[nodiscard]] std::string Allowed(const std::vector<std::string_view>& path) const;

  std::vector<Route> routes_;  // in the order in which they are tried
};

}  // namespace mpcstats
