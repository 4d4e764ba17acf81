#include "features/telemetry/trace.hpp"

#include "test.hpp"

using namespace genai::telemetry;

namespace {
constexpr std::string_view valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
}

TEST_CASE("traceparent is read and written as the recommendation's example") {
  const auto context = parse_traceparent(valid);
  REQUIRE(context);
  CHECK(context->trace_id_text() == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(context->span_id_text() == "00f067aa0ba902b7");
  CHECK(context->flags == 1);
  CHECK(context->sampled());
  CHECK(context->header() == valid);
  CHECK_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")->sampled());
  // Only `sampled` has a meaning, and only it is passed on.
  CHECK(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff")->header() == valid);
}

TEST_CASE("traceparent that is not valid starts a new trace") {
  for (const auto value : {
           "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",     // a forbidden version
           "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-001",     // fields of other lengths
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",     // ids of zeros
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",     // upper case
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
           " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",    // version 00 ends here
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
       }) {
    INFO(value);
    CHECK_FALSE(parse_traceparent(value));
  }
}

TEST_CASE("a higher version is read as far as version 00 goes, and answered in version 00") {
  for (const auto value : {"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
                           "fe-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what the future brings"}) {
    INFO(value);
    const auto context = parse_traceparent(value);
    REQUIRE(context);
    CHECK(context->header() == valid);
  }
}

TEST_CASE("a child keeps trace and flags; a new trace is sampled; no id is ever zero") {
  const auto parent = *parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
  const auto child = child_of(parent, {1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(child.header() == "00-4bf92f3577b34da6a3ce929d0e0e4736-0102030405060708-00");
  CHECK(child_of(parent, {}).span_id_text() == "0000000000000001");
  const auto root = new_trace({0xab}, {0xcd});
  CHECK(root.header() == "00-ab000000000000000000000000000000-cd00000000000000-01");
  CHECK(parse_traceparent(new_trace({}, {}).header()));
  CHECK(*parse_traceparent(root.header()) == root);
}
