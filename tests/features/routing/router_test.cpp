#include "features/routing/router.hpp"

#include <map>

#include "test.hpp"

using namespace genai;

namespace {

chat::Chat wanting(const std::string& model) {
  chat::Chat chat;
  chat.model = model;
  return chat;
}

std::string order(const routing::Plan& plan) {
  std::string providers;
  for (const auto* const target : plan.targets) providers += target->provider;
  return providers;
}

routing::Router router_of(std::vector<routing::Target> targets, routing::Strategy strategy) {
  routing::ModelConfig model;
  model.name = "m";
  model.targets = std::move(targets);
  model.strategy = strategy;
  return routing::Router(routing::Config{{std::move(model)}, ""});
}

}  // namespace

TEST_CASE("fallback: targets in their order, whatever their weights") {
  const auto router = router_of({{"a", "1", {}, 1}, {"b", "2", {}, 9}, {"c", "3", {}, 0}}, routing::Strategy::fallback);
  SeededRng chance(1);
  for (int i = 0; i < 10; ++i) CHECK(order(*router.candidates(wanting("m"), chance)) == "abc");
}

TEST_CASE("weighted: each target comes first as often as its weight says, those without weight last") {
  const auto router = router_of({{"z", "0", {}, 0}, {"a", "1", {}, 1}, {"b", "2", {}, 2}, {"c", "3", {}, 7}}, routing::Strategy::weighted);
  SeededRng chance(7);
  constexpr int draws = 100'000;
  std::map<char, int> first, second_after_c;
  for (int i = 0; i < draws; ++i) {
    const auto drawn = order(*router.candidates(wanting("m"), chance));
    REQUIRE(drawn.size() == 4);
    CHECK(drawn.back() == 'z');
    ++first[drawn[0]];
    if (drawn[0] == 'c') ++second_after_c[drawn[1]];
  }
  // Four standard deviations of a share are below 0.7 %.
  CHECK(std::abs(first['a'] / double(draws) - 0.1) < 0.007);
  CHECK(std::abs(first['b'] / double(draws) - 0.2) < 0.007);
  CHECK(std::abs(first['c'] / double(draws) - 0.7) < 0.007);
  CHECK(std::abs(second_after_c['a'] / double(first['c']) - 1 / 3.0) < 0.01);
}

TEST_CASE("weighted with no weight at all: as written") {
  const auto router = router_of({{"a", "1", {}, 0}, {"b", "2", {}, 0}}, routing::Strategy::weighted);
  SeededRng chance(7);
  CHECK(order(*router.candidates(wanting("m"), chance)) == "ab");
}

TEST_CASE("a model that nobody named goes to whoever takes any, or is unknown") {
  SeededRng chance(1);
  const routing::Router any(routing::Config{{}, "up"});
  auto plan = any.candidates(wanting("whatever"), chance);
  const auto moved = std::move(*plan);
  REQUIRE(moved.targets.size() == 1);
  CHECK(moved.targets[0]->model == "whatever");
  CHECK(router_of({{"a", "1"}}, routing::Strategy::fallback).candidates(wanting("n"), chance).error().code == Code::model_not_found);
}
