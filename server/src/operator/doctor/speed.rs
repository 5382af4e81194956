//! How long it takes until something is on disk, judged: nobody is told of a record before.

use super::{Finding, ok, warning};
use std::time::Duration;

/// Up to here a person notices nothing.
const SLOW: Duration = Duration::from_millis(20);
/// No disk is that fast; memory is.
const UNBELIEVABLE: Duration = Duration::from_micros(5);

/// The median of these, and the slowest but one in a hundred.
pub fn judge(check: &'static str, what: &str, mut times: Vec<Duration>) -> Option<Finding> {
    times.sort_unstable();
    let at = |hundredths: usize| times.get(times.len() * hundredths / 100).copied();
    let (median, slow) = (at(50)?, at(99)?);
    let told = format!("{what} takes {}, and {} at worst", milliseconds(median), milliseconds(slow));
    Some(if median > SLOW {
        warning(
            check,
            format!("{told}: each batch of commands waits for one; a disk or a line with less latency makes everybody's work land sooner"),
        )
    } else if median < UNBELIEVABLE {
        warning(check, format!("{told}, which is faster than a disk can be: is it memory, or does something only pretend to write?"))
    } else {
        ok(check, told)
    })
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn slow_disks_and_disks_that_are_none_are_told_from_good_ones() {
        let verdict = |micros| judge("fsync", "one", vec![Duration::from_micros(micros); 10]).map(|finding| finding.verdict);
        assert_eq!(verdict(1), Some(Verdict::Warning));
        assert_eq!(verdict(800), Some(Verdict::Ok));
        assert_eq!(verdict(90_000), Some(Verdict::Warning));
        assert!(judge("fsync", "one", Vec::new()).is_none());
    }
}
