#include "support/Json.h"

#include "../Expect.h"

#include <cmath>
#include <random>

using ferro::Code;
using ferro::support::FlatJson;

TEST(FlatJson, ReadsWhatItWrites) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (unsigned length = random() % 20; length > 0; --length)
      text += static_cast<char>(random() % 255 + 1);
    double number = std::ldexp(double(random()), int(random() % 200) - 100);
    FlatJson json;
    json.add("text", text);
    json.add(text + "!", -number);
    FlatJson read = FlatJson::parse(json.print());
    ASSERT_TRUE(read.text("text") && read.number(text + "!"));
    EXPECT_EQ(*read.text("text"), text);
    EXPECT_EQ(*read.number(text + "!"), -number);
    EXPECT_EQ(read.number("text"), nullptr);
    EXPECT_EQ(read.text("none"), nullptr);
  }
}

TEST(FlatJson, ReadsOthers) {
  FlatJson json =
      FlatJson::parse(" { \"a\" :1e3,\"b\":\"\\n\\t\\/\\u0041\"}\n");
  EXPECT_EQ(*json.number("a"), 1000);
  EXPECT_EQ(*json.text("b"), "\n\t/A");
  EXPECT_EQ(FlatJson::parse("{}").print(), "{}");
}

TEST(FlatJson, RefusesEverythingElse) {
  for (const char *text :
       {"", "{", "[]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x",
        "{\"a\":{}}", "{\"a\":nan}", "{\"a\":1e999}", "{\"a\":\"x}",
        "{\"a\":\"\\", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u00e9\"}", "{a:1}",
        "{\"a\":1 \"b\":2}", "{\"a\":true}"}) {
    SCOPED_TRACE(text);
    EXPECT_FERRO_CODE(FlatJson::parse(text), Code::SerializationError);
  }
  EXPECT_FERRO_ERROR(FlatJson::parse("{\"a\" 1}"), Code::SerializationError,
                     "json: found no ':' at byte 5");
}
