//! The picture of growth: lines on logarithmic scales, what should stay flat beside what may follow.

use crate::growth::Series;
use crate::paths::May;
use std::fmt::Write as _;

const PANEL_WIDTH: f64 = 250.0;
const PANEL_HEIGHT: f64 = 220.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 34.0;
/// Room beside a panel for the names of what grows too fast.
const NAMES_WIDTH: f64 = 170.0;
/// Steps of ten from the bottom to the top: a line in proportion ends at two of three.
const DECADES: f64 = 3.0;
const NAME_HEIGHT: f64 = 12.0;

/// Draws all series.
pub fn picture(all: &[Series]) -> String {
    let panels = [(May::Stay, "may stay as it is"), (May::Follow, "may follow what was asked for")];
    let step = LEFT + PANEL_WIDTH + NAMES_WIDTH;
    let (width, height) = (step * panels.len() as f64, TOP + PANEL_HEIGHT + 34.0);
    let mut body = String::new();
    for (place, (may, title)) in panels.into_iter().enumerate() {
        let shown: Vec<&Series> = all.iter().filter(|series| series.growth.may == may).collect();
        panel(&mut body, step * place as f64 + LEFT, title, &shown);
    }
    let style = "text{font:11px system-ui,sans-serif;fill:#1D2B2F}.title{font-weight:600}path{fill:none;stroke:#0B6074;stroke-opacity:.55;stroke-width:1.2}\
                 .grid{stroke:#8CA3A8;stroke-opacity:.4;stroke-width:1}.fast{stroke:#B4441F;stroke-opacity:1;stroke-width:1.8}.name{fill:#B4441F}.back{fill:#fff}\
                 @media (prefers-color-scheme:dark){text{fill:#DCE7EA}path{stroke:#6CC3D5}.fast{stroke:#F0936F}.name{fill:#F0936F}.back{fill:#10191C}}";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"How many times the instructions of each path grow with ten and a hundred times the data, on logarithmic scales\">\
         <style>{style}</style><rect class=\"back\" width=\"100%\" height=\"100%\"/>{body}</svg>\n"
    )
}

fn panel(body: &mut String, left: f64, title: &str, shown: &[&Series]) {
    let x = |data: f64| left + data.log10() / 2.0 * PANEL_WIDTH;
    let y = |grown: f64| TOP + PANEL_HEIGHT - grown.max(0.5).log10() / DECADES * PANEL_HEIGHT;
    let _ = write!(body, "<text class=\"title\" x=\"{left}\" y=\"16\">{title}</text>");
    for grown in [1.0, 10.0, 100.0, 1_000.0] {
        let (at, right) = (y(grown), left + PANEL_WIDTH);
        let _ = write!(
            body,
            "<path class=\"grid\" d=\"M{left} {at:.1}H{right}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{grown}×</text>",
            left - 5.0,
            at + 4.0
        );
    }
    for data in [1.0, 10.0, 100.0] {
        let at = x(data);
        let (top, bottom) = (TOP, TOP + PANEL_HEIGHT);
        let _ = write!(
            body,
            "<path class=\"grid\" d=\"M{at:.1} {top}V{bottom}\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{data}× the data</text>",
            bottom + 16.0
        );
    }
    let mut names: Vec<(f64, String)> = Vec::new();
    for series in shown {
        let first = f64::from(series.growth.counts[0]);
        let points = series.growth.counts.iter().zip(series.instructions);
        let line = points
            .map(|(&count, cost)| format!("{:.1} {:.1}", x(f64::from(count) / first), y(cost as f64 / series.instructions[0] as f64)));
        let class = if series.grows_too_fast() { " class=\"fast\"" } else { "" };
        let _ = write!(body, "<path{class} d=\"M{}\"/>", line.collect::<Vec<_>>().join("L"));
        if series.grows_too_fast() {
            names.push((y(series.instructions[2] as f64 / series.instructions[0] as f64), series.name()));
        }
    }
    names.sort_by(|one, another| one.0.total_cmp(&another.0));
    let mut free = 0.0_f64;
    for (at, name) in names {
        let at = at.max(free);
        free = at + NAME_HEIGHT;
        let _ = write!(body, "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{name}</text>", left + PANEL_WIDTH + 6.0, at + 4.0);
    }
}
