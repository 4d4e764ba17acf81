#include "engines/gateway/health.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "engines/gateway/response.hpp"

namespace genai::gateway {
namespace {

using Json = nlohmann::ordered_json;

http::Response answer(Shared& shared, int status, const Json& body) { return json_response(status, body, shared.ledger.next_id()); }

}  // namespace

http::Response Health::health() const {
  const auto uptime = std::chrono::duration<double>(shared_.clock.now() - shared_.started).count();
  const bool ready = shared_.ledger.state().ready && !shared_.draining;
  return answer(shared_, ready ? 200 : 503, {{"status", ready ? "ok" : "unhealthy"}, {"uptime_seconds", uptime}, {"version", shared_.version}});
}

http::Response Health::live() const { return answer(shared_, 200, {{"status", "ok"}}); }

http::Response Health::ready() {
  shared_.readiness_probed_ns = shared_.clock.now().time_since_epoch().count();
  const auto ledger = shared_.ledger.state();
  Json body{{"status", "ready"}};
  Json failing = Json::array();
  if (shared_.draining) failing.push_back({{"part", "server"}, {"reason", "shutting down"}});
  if (!ledger.ready) failing.push_back({{"part", "ledger"}, {"reason", ledger.reason}});
  if (!failing.empty()) {
    body["status"] = "not ready";
    body["failing"] = failing;
  }
  body["ledger"] = {{"rows_committed", ledger.rows_committed}, {"rows_waiting_in_spool", ledger.rows_waiting_in_spool}};
  if (ledger.ready && !ledger.reason.empty()) body["ledger"]["note"] = ledger.reason;
  if (!ledger.warning.empty()) body["ledger"]["warning"] = ledger.warning;
  return answer(shared_, failing.empty() ? 200 : 503, body);
}

http::Response Health::metrics() const {
  const auto ledger = shared_.ledger.state();
  const auto host = shared_.host_state();
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  http::append_field(response.fields, "X-Request-Id", shared_.ledger.next_id().text());
  response.body = shared_.metrics.render();
  const auto line = [&](std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
    response.body += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
  };
  line("genai_ledger_rows_total", "counter", "Rows committed to the ledger database.", ledger.rows_committed);
  line("genai_ledger_commits_total", "counter", "Transactions committed to the ledger database.", ledger.commits);
  line("genai_ledger_spooled_rows_total", "counter", "Rows that went to the spool file.", ledger.rows_spooled);
  line("genai_ledger_refusals_not_stored_total", "counter", "Refused requests beyond the stored rate.", ledger.refusals_not_stored);
  line("genai_ledger_spool_rows", "gauge", "Rows that wait in the spool file.", ledger.rows_waiting_in_spool);
  line("genai_requests_open", "gauge", "Requests with an open ledger entry.", ledger.open_entries);
  line("genai_connections_open", "gauge", "Client connections.", host.connections);
  line("genai_connections_refused_total", "counter", "Connections refused because their address had its share.", host.connections_refused);
  line("genai_accept_pauses_total", "counter", "Times that accepting paused because the process was out of file descriptors.", host.accept_pauses);
  line("genai_ready", "gauge", "1 when requests are taken.", ledger.ready && !shared_.draining ? 1 : 0);
  return response;
}

}  // namespace genai::gateway
