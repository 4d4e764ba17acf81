// The report as a JSON document. Scripts rely on these keys: later versions only add.
#include <cmath>
#include <nlohmann/json.hpp>

#include "engines/load/report.hpp"

namespace genai::load {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value, double steps) { return std::round(value * steps) / steps; }
double in_ms(Nanoseconds duration) { return rounded(static_cast<double>(duration.count()) / 1e6, 1e3); }
double in_s(Nanoseconds duration) { return rounded(static_cast<double>(duration.count()) / 1e9, 1e6); }
double per_second(double rate) { return rounded(rate, 1e3); }

Json summary(const std::optional<Summary>& of) {
  if (!of) return nullptr;
  return {{"count", of->count},         {"mean_ms", in_ms(of->mean)}, {"min_ms", in_ms(of->min)}, {"p50_ms", in_ms(of->p50)},
          {"p90_ms", in_ms(of->p90)},   {"p95_ms", in_ms(of->p95)},   {"p99_ms", in_ms(of->p99)}, {"p99_9_ms", in_ms(of->p99_9)},
          {"max_ms", in_ms(of->max)}};
}

Json load(const Report& report) {
  const auto* open = std::get_if<OpenLoop>(&report.loop);
  if (open == nullptr) return {{"loop", "closed"}, {"concurrency", std::get<ClosedLoop>(report.loop).concurrency}};
  Json json = {{"loop", "open"}, {"arrivals", open->arrivals == Arrivals::poisson ? "poisson" : "constant"}, {"rate", open->per_second}};
  json["seed"] = open->arrivals == Arrivals::poisson ? Json(open->seed) : Json(nullptr);
  json["max_in_flight"] = report.max_in_flight;
  return json;
}

// The unit of `limit` and `observed` is in the key: ms for durations, a share for errors, answers a second for the rate.
Json gate(const Gate& of) {
  using Kind = Threshold::Kind;
  const char* unit = of.threshold.kind == Kind::distribution ? "ms" : of.threshold.kind == Kind::errors ? "share" : "per_second";
  const double scale = of.threshold.kind == Kind::distribution ? 1e-6 : 1;
  return {{"threshold", of.threshold.text},
          {"unit", unit},
          {"limit", of.threshold.limit * scale},
          {"observed", of.observed ? Json(rounded(*of.observed * scale, 1e6)) : Json(nullptr)},
          {"pass", of.pass}};
}

Json requested_rate(const Report& report) {
  const auto* open = std::get_if<OpenLoop>(&report.loop);
  return open == nullptr ? Json(nullptr) : Json(open->per_second);
}

Json document(const Report& report) {
  Json json;
  json["schema"] = "genai.loadtest/v1";
  json["formula"] = formula;
  json["histogram"] = stats::Histogram::layout;
  json["url"] = report.url;
  json["mode"] = name(report.mode);
  json["model"] = report.mode == Mode::plain ? Json(nullptr) : Json(report.model);
  json["started"] = report.started;
  json["complete"] = report.complete();
  json["signal"] = report.complete() ? Json(nullptr) : Json(report.signal);
  json["valid"] = report.valid();
  json["invalid_because"] = report.invalid_because;
  json["load"] = load(report);
  json["duration_s"] = in_s(report.duration);
  json["warmup_s"] = in_s(report.warmup);
  json["measured_s"] = in_s(report.measured);
  json["requests"] = {{"sent", report.sent},       {"ok", report.ok},           {"failed", report.failed},
                      {"unfinished", report.unfinished}, {"dropped", report.dropped}, {"late", report.late},
                      {"warmup", report.warmup_sent}};
  json["rate"] = {{"requested", requested_rate(report)}, {"achieved", per_second(report.answers_per_second)}, {"sent", per_second(report.sent_per_second)}};
  json["tokens"] = {{"prompt", report.prompt_tokens},
                    {"output", report.output_tokens},
                    {"output_per_second", per_second(report.output_tokens_per_second)},
                    {"answers_without_usage", report.tokens_from_events}};
  json["errors"] = Json::object();
  for (const auto& [what, count] : report.errors) json["errors"][what] = count;
  json["statuses"] = Json::object();
  for (const auto& [status, count] : report.statuses) json["statuses"][std::to_string(status)] = count;
  json["metrics"] = Json::object();
  for (const auto& [name, of] : report.metrics) json["metrics"][name] = summary(of);
  json["lag"] = summary(report.lag);
  json["thresholds"] = Json::array();
  for (const Gate& of : report.gates) json["thresholds"].push_back(gate(of));
  json["generator"] = {{"threads", report.threads}, {"connections", report.connections}, {"cpu_s", rounded(report.cpu_seconds, 1e4)}};
  return json;
}

}  // namespace

std::string render_json(const Report& report) { return document(report).dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace genai::load
