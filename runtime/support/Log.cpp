#include "support/Log.h"

#include "support/Environment.h"

#include <string>
#include <unistd.h>

namespace ferro::support {

static constexpr std::string_view topicNames[] = {"cache", "compile", "load"};

static unsigned readTopics() {
  std::string list = "," + environment(Variable::Log) + ",";
  unsigned topics = 0;
  for (unsigned topic = 0; topic < std::size(topicNames); ++topic)
    if (list == ",all," || list.find("," + std::string(topicNames[topic]) +
                                     ",") != std::string::npos)
      topics |= 1u << topic;
  return topics;
}

bool isLogged(Topic topic) {
  static const unsigned topics = readTopics();
  return topics >> static_cast<unsigned>(topic) & 1;
}

void log(Topic topic, std::string_view text) {
  if (!isLogged(topic))
    return;
  std::string line = "ferro " +
                     std::string(topicNames[static_cast<unsigned>(topic)]) +
                     ": " + std::string(text) + "\n";
  // One write, so that lines of several threads do not mix.
  [[maybe_unused]] ssize_t written =
      ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace ferro::support
