//! Numbers over time as text, and whether they rise.

/// Lines of a plot.
const HEIGHT: usize = 6;

/// The values as columns between zero and the largest.
pub fn plot(name: &str, values: &[f64]) -> String {
    let largest = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut text = format!("{name}\n");
    for row in (0..HEIGHT).rev() {
        let label = if row == HEIGHT - 1 { format!("{largest:>8.1}") } else { " ".repeat(8) };
        let column = |value: &f64| {
            let eighths = (value / largest * (HEIGHT * 8) as f64).round() as usize;
            [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][eighths.saturating_sub(row * 8).min(8)]
        };
        text.push_str(&format!("{label} │{}\n", values.iter().map(column).collect::<String>()));
    }
    text.push_str(&format!("       0 └{}", "─".repeat(values.len())));
    text
}

/// Is the last third no more than the first times `factor`, plus `slack`? And in words.
pub fn is_flat(values: &[f64], factor: f64, slack: f64) -> (bool, String) {
    let third = (values.len() / 3).max(1);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (first, last) = (mean(&values[..third]), mean(&values[values.len() - third..]));
    let flat = last <= first * factor + slack;
    let verdict = if flat { "flat" } else { "RISING" };
    (flat, format!("{verdict}: {first:.1} in the first third, {last:.1} in the last"))
}

#[test]
fn what_rises_is_told_from_what_does_not() {
    assert!(is_flat(&[5.0; 9], 1.1, 0.0).0);
    assert!(is_flat(&[5.0, 9.0, 5.0, 5.0, 9.0, 5.0], 1.1, 0.0).0, "up and down is flat");
    assert!(!is_flat(&[5.0, 5.0, 5.0, 6.0, 6.0, 6.0], 1.1, 0.0).0);
    let text = plot("ms", &[0.0, 6.0, 12.0]);
    assert!(text.contains("12.0 │  █") && text.contains("0 └───"), "{text}");
}
