// How libferro speaks with ferro-compilerd: messages on local stream sockets.
//
// The compiler process gets one end of the control socket as descriptor 3. Its
// first message there is Ready, with the compiler's version, or Failed, with
// the reason; its last, if it ends because nothing was asked of it, is Idle.
// The client sends one byte there with the end of a new socket: a connection.
// On a connection each request is answered before the next, so concurrent
// requests take a connection each. The process ends when the control socket is
// closed.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <poll.h>
#include <span>
#include <sys/socket.h>
#include <vector>

namespace ferro::compiler {

inline constexpr int controlDescriptor = 3;

enum class Message : std::uint32_t {
  Ready = 100,
  Failed,
  Idle,
  Request,
  Reply
};

struct MessageHeader {
  std::uint32_t magic = 0x4343'4546; // "FECC"
  Message kind = Message::Request;
  std::uint32_t status = 0; // FerroStatus of a reply
  std::uint32_t reserved = 0;
  std::uint64_t size = 0; // of the bytes that follow
};

/// More than any request or reply; a larger size is noise on the socket.
inline constexpr std::uint64_t maxMessage = std::uint64_t(1) << 36;

enum class Transfer { Done, Closed, TimedOut };

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline never = Deadline::max();

/// Waits until \p fd is readable (or closed).
inline Transfer waitFor(int fd, short events, Deadline deadline) {
  for (;;) {
    int wait = -1;
    if (deadline != never) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(
                      deadline - std::chrono::steady_clock::now())
                      .count();
      wait = left < 0           ? 0
             : left > 1'000'000 ? 1'000'000
                                : static_cast<int>(left);
    }
    pollfd entry{fd, events, 0};
    int ready = ::poll(&entry, 1, wait);
    if (ready > 0)
      return Transfer::Done;
    if (ready < 0 && errno != EINTR)
      return Transfer::Closed;
    if (deadline != never && std::chrono::steady_clock::now() >= deadline)
      return Transfer::TimedOut;
  }
}

/// Never raises SIGPIPE.
inline Transfer sendAll(int fd, std::span<const std::byte> bytes,
                        Deadline deadline = never) {
  while (!bytes.empty()) {
    ssize_t sent =
        ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EINTR) {
      if (Transfer result = waitFor(fd, POLLOUT, deadline);
          result != Transfer::Done)
        return result;
    } else {
      return Transfer::Closed;
    }
  }
  return Transfer::Done;
}

inline Transfer receiveAll(int fd, std::span<std::byte> bytes,
                           Deadline deadline = never) {
  while (!bytes.empty()) {
    ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (Transfer result = waitFor(fd, POLLIN, deadline);
          result != Transfer::Done)
        return result;
    } else {
      return Transfer::Closed;
    }
  }
  return Transfer::Done;
}

inline Transfer sendMessage(int fd, Message kind, std::uint32_t status,
                            std::span<const std::byte> bytes,
                            Deadline deadline = never) {
  MessageHeader header;
  header.kind = kind;
  header.status = status;
  header.size = bytes.size();
  Transfer result = sendAll(fd, std::as_bytes(std::span(&header, 1)), deadline);
  return result == Transfer::Done ? sendAll(fd, bytes, deadline) : result;
}

/// Noise instead of a header counts as a closed socket.
inline Transfer receiveMessage(int fd, MessageHeader &header,
                               std::vector<std::byte> &bytes,
                               Deadline deadline = never) {
  Transfer result =
      receiveAll(fd, std::as_writable_bytes(std::span(&header, 1)), deadline);
  if (result != Transfer::Done)
    return result;
  if (header.magic != MessageHeader{}.magic || header.size > maxMessage)
    return Transfer::Closed;
  bytes.resize(header.size);
  return receiveAll(fd, bytes, deadline);
}

} // namespace ferro::compiler
