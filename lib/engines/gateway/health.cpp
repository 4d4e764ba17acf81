#include "engines/gateway/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "engines/gateway/response.hpp"

namespace genai::gateway {
namespace {

using Json = nlohmann::ordered_json;
using telemetry::Pulse;

constexpr auto window = Pulse::slice * Pulse::slices;

http::Response answer(Shared& shared, int status, const Json& body) {
  auto response = json_response(status, body, shared.ledger.next_id());
  http::append_field(response.fields, "Cache-Control", "no-store");
  return response;
}

double seconds(Nanoseconds value) { return std::chrono::duration<double>(value).count(); }
double milliseconds(Nanoseconds value) { return std::chrono::duration<double, std::milli>(value).count(); }

// Why not, one part each.
Json failing_parts(const Shared& shared, const ledger::State& ledger) {
  Json failing = Json::array();
  if (shared.draining) failing.push_back({{"part", "server"}, {"reason", "shutting down"}});
  if (!ledger.ready) failing.push_back({{"part", "ledger"}, {"reason", ledger.reason}});
  return failing;
}

struct Judged {
  bool healthy = true;
  Json body;
};

Judged judged(const Shared& shared) {
  const auto recent = shared.metrics.recent();
  auto reasons = failing_parts(shared, shared.ledger.state());
  if (!recent.healthy())
    reasons.push_back({{"part", "requests"}, {"reason", fmt::format("{} of the last {} requests ended in an error", recent.errors, recent.requests)}});
  const bool healthy = reasons.empty();
  Json body{{"status", healthy ? "ok" : "unhealthy"},
            {"uptime_seconds", seconds(shared.clock.now() - shared.started)},
            {"version", shared.version},
            {"error_rate", recent.error_rate()},
            {"requests", recent.requests},
            {"errors", recent.errors},
            {"window_seconds", window.count()}};
  if (!healthy) body["reasons"] = std::move(reasons);
  return {healthy, std::move(body)};
}

// --- upstreams

struct Upstreams {
  Json states = Json::object();
  Json failing = Json::array();
  bool all_fail = false;
};

// The embedded model is always there: where others are configured, it says nothing about them.
bool counts(const pricing::Provider& provider) { return provider.vendor != "sim"; }

Upstreams look_at_upstreams(const Shared& shared) {
  Upstreams result;
  std::size_t others = 0;
  for (const auto& provider : shared.pricing.providers) {
    const auto state = shared.metrics.upstream(provider.name);
    const bool fails = state == Pulse::Upstream::failing;
    result.states[provider.name] = fails ? "failing" : state == Pulse::Upstream::reachable || !counts(provider) ? "ok" : "not asked yet";
    others += counts(provider) ? 1 : 0;
    if (fails) result.failing.push_back({{"part", "upstream"}, {"name", provider.name}, {"reason", "could not be reached"}});
  }
  result.all_fail = others > 0 && result.failing.size() == others;
  return result;
}

// --- metrics

void line(std::string& to, std::string_view name, std::string_view type, std::string_view help, std::uint64_t value) {
  to += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
}

std::string prometheus(const Shared& shared) {
  const auto ledger = shared.ledger.state();
  const auto host = shared.host_state();
  const auto recent = shared.metrics.recent();
  auto text = shared.http.render() + shared.metrics.render();
  line(text, "genai_ledger_rows_total", "counter", "Rows committed to the ledger database.", ledger.rows_committed);
  line(text, "genai_ledger_commits_total", "counter", "Transactions committed to the ledger database.", ledger.commits);
  line(text, "genai_ledger_spooled_rows_total", "counter", "Rows that went to the spool file.", ledger.rows_spooled);
  line(text, "genai_ledger_refusals_not_stored_total", "counter", "Refused requests beyond the stored rate.", ledger.refusals_not_stored);
  line(text, "genai_ledger_spool_rows", "gauge", "Rows that wait in the spool file.", ledger.rows_waiting_in_spool);
  line(text, "genai_requests_open", "gauge", "Requests with an open ledger entry.", ledger.open_entries);
  line(text, "genai_connections_open", "gauge", "Client connections.", host.connections);
  line(text, "genai_connections_refused_total", "counter", "Connections refused because their address had its share.", host.connections_refused);
  line(text, "genai_accept_pauses_total", "counter", "Times that accepting paused because the process was out of file descriptors.", host.accept_pauses);
  line(text, "genai_unannounced_connections_total", "counter", "Connections closed because no PROXY header came, or not from a trusted proxy.", host.unannounced);
  line(text, "genai_request_log_dropped_total", "counter", "Lines of the request log that were given up.", shared.request_log != nullptr ? shared.request_log->dropped() : 0);
  line(text, "genai_key_failures_total", "counter", "Looks for a provider's key that came to nothing, so that the one before stays in use.", shared.key_failures ? shared.key_failures() : 0);
  line(text, "genai_ready", "gauge", "1 when requests are taken.", ledger.ready && !shared.draining ? 1 : 0);
  line(text, "genai_recent_requests", "gauge", "Requests of the last five minutes that were not refused.", recent.requests);
  line(text, "genai_recent_errors", "gauge", "Of these, the ones that ended in an error which was not the caller's.", recent.errors);
  text += "# HELP genai_upstream_up 0 when the upstream could not be reached at the last three attempts.\n# TYPE genai_upstream_up gauge\n";
  for (const auto& provider : shared.pricing.providers)
    text += fmt::format("genai_upstream_up{{provider=\"{}\"}} {}\n", telemetry::label_value(provider.name),
                        shared.metrics.upstream(provider.name) == Pulse::Upstream::failing ? 0 : 1);
  return text;
}

// An average over nothing is not known.
Json average(double sum, std::uint64_t of) { return of == 0 ? Json() : Json(sum / static_cast<double>(of)); }

Json monitoring(const Shared& shared, const telemetry::Metrics::Totals& totals) {
  const auto http = shared.http.totals();
  return {{"requests", totals.requests},
          {"errors", totals.errors},
          {"prompt_tokens", totals.prompt_tokens},
          {"completion_tokens", totals.completion_tokens},
          {"http_exchanges", http.requests},
          {"average_duration_ms", average(milliseconds(totals.duration), totals.requests)},
          {"average_time_to_first_token_ms", average(milliseconds(totals.to_first_token), totals.with_first_token)},
          {"average_prompt_tokens", average(static_cast<double>(totals.prompt_tokens), totals.requests)},
          {"average_completion_tokens", average(static_cast<double>(totals.completion_tokens), totals.requests)},
          {"average_http_duration_ms", average(milliseconds(http.duration), http.requests)}};
}

Json cost(const telemetry::Metrics::Totals& totals) {
  const double usd = static_cast<double>(totals.cost_nano_usd) / 1e9;
  return {{"cost_usd", usd},
          {"cost_nano_usd", totals.cost_nano_usd},
          {"average_cost_usd", average(usd, totals.requests)},
          {"requests_without_price", totals.without_price},
          {"cost_at_least", totals.without_price > 0}};
}

// --- Accept

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Cuts off what stands before the separator.
std::string_view cut(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto part = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// The weight among a media range's parameters: 1 without one, 0 for what is no number.
double weight(std::string_view parameters) {
  while (!parameters.empty()) {
    auto parameter = cut(parameters, ';');
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    parameter.remove_prefix(2);
    double value = 0;
    const auto [end, failure] = std::from_chars(parameter.data(), parameter.data() + parameter.size(), value, std::chars_format::fixed);
    return failure == std::errc() && end == parameter.data() + parameter.size() && value >= 0 && value <= 1 ? value : 0;
  }
  return 1;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

}  // namespace

bool prefers_json(std::string_view accept) {
  double json = 0, text = 0;
  while (!accept.empty()) {
    auto range = cut(accept, ',');
    const auto type = lower_case(cut(range, ';'));
    if (type == "application/json") json = std::max(json, weight(range));
    if (type == "text/plain" || type == "text/*" || type == "application/openmetrics-text") text = std::max(text, weight(range));
  }
  return json > 0 && json >= text;
}

http::Response Health::health() const {
  const auto its = judged(shared_);
  return answer(shared_, its.healthy ? 200 : 503, its.body);
}

http::Response Health::live() const { return answer(shared_, 200, {{"status", "ok"}}); }

http::Response Health::ready() {
  shared_.readiness_probed_ns = shared_.clock.now().time_since_epoch().count();
  const auto ledger = shared_.ledger.state();
  auto failing = failing_parts(shared_, ledger);
  const auto upstreams = look_at_upstreams(shared_);
  const bool ready = failing.empty() && !upstreams.all_fail;
  for (const auto& upstream : upstreams.failing) failing.push_back(upstream);
  Json body{{"status", ready ? "ready" : "not ready"}};
  if (!failing.empty()) body["failing"] = std::move(failing);
  body["ledger"] = {{"rows_committed", ledger.rows_committed}, {"rows_waiting_in_spool", ledger.rows_waiting_in_spool}};
  if (ledger.ready && !ledger.reason.empty()) body["ledger"]["note"] = ledger.reason;
  if (!ledger.warning.empty()) body["ledger"]["warning"] = ledger.warning;
  body["upstreams"] = upstreams.states;
  return answer(shared_, ready ? 200 : 503, body);
}

http::Response Health::metrics(const http::RequestHead& head) const {
  http::Response response;
  if (prefers_json(head.fields.find("accept").value_or(""))) {
    const auto totals = shared_.metrics.totals();
    response = answer(shared_, 200, {{"schema", "genai.metrics/v1"}, {"monitoring", monitoring(shared_, totals)}, {"cost", cost(totals)}, {"health", judged(shared_).body}});
  } else {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    http::append_field(response.fields, "X-Request-Id", shared_.ledger.next_id().text());
    http::append_field(response.fields, "Cache-Control", "no-store");
    response.body = prometheus(shared_);
  }
  http::append_field(response.fields, "Vary", "Accept");
  return response;
}

}  // namespace genai::gateway
