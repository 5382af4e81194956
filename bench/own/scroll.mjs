//! A person scrolls a board of 50,000 tasks by the wheel for 10 s while somebody else changes 1,000 things a second: what the frames look like.

export default {
  words: "scrolling a board of 50,000 tasks under 1,000 changes a second",
  spec: "scroll",
  figures: [
    ["p50_ms", "from one frame to the next, p50", "ms", 1, ""],
    ["p95_ms", "… p95", "ms", 1, ""],
    ["max_ms", "… the longest", "ms", 0, ""],
    ["long_tasks", "tasks of the page's thread over 50 ms by the clock, in 10 s", "tasks", 0, "none"],
    ["processor_ms", "the longest task, processor time", "ms", 1, "< 50"],
    ["thread_ms", "processor time of the page's thread in 10 s", "ms", 0, ""],
    ["frames", "frames drawn in 10 s", "frames", 0, ""],
    ["scrolled_px", "scrolled", "px", 0, ""],
    ["changes_a_second", "changes a second that were accepted and changed something", "changes", 0, "1,000"],
    ["alone_p50_ms", "the same without changes: from one frame to the next, p50", "ms", 1, ""],
    ["alone_p95_ms", "… p95", "ms", 1, ""],
    ["alone_max_ms", "… the longest", "ms", 0, ""],
    ["alone_long_tasks", "… tasks over 50 ms", "tasks", 0, "none"],
    ["alone_scrolled_px", "… scrolled", "px", 0, ""],
  ],
};
