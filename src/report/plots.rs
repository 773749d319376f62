//! Plots as SVG, drawn so that a page can put them on light and dark ground alike.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::evaluate::report::{Confusion, CoveragePoint, ReliabilityBin};
use crate::markup::escape;

/// A plot could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a plot cannot be drawn: {0}")]
pub struct PlotError(String);

/// Stands for the colour of text, whatever it is where the plot is shown; [`finish`] puts `currentColor` in its place.
const INK: RGBColor = RGBColor(1, 2, 3);

/// Colours of systems, legible on white and on black.
const SERIES: [RGBColor; 4] =
    [RGBColor(42, 120, 214), RGBColor(224, 124, 36), RGBColor(38, 158, 112), RGBColor(178, 92, 190)];

const WIDTH: u32 = 420;
const HEIGHT: u32 = 320;
const FONT: (&str, u32) = ("sans-serif", 15);

fn failed(error: impl std::fmt::Display) -> PlotError {
    PlotError(error.to_string())
}

/// Keeps the height free, so that a page can make the plot smaller, and lets text take the colour of its surroundings.
fn finish(svg: &str, title: &str, width: u32, height: u32) -> String {
    let body = svg.find('>').map_or("", |end| &svg[end + 1..]).replace("#010203", "currentColor");
    let title = escape(title);
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" aria-label=\"{title}\" xmlns=\"http://www.w3.org/2000/svg\"><title>{title}</title>{}",
        body.trim_start()
    )
}

/// Makes a plot a file of its own, with colours for light and dark ground.
pub fn standalone(svg: &str) -> String {
    let style = "<style>:root{color:#1c2126;background:#fff}@media(prefers-color-scheme:dark){:root{color:#e3e6e8;background:#14181b}}</style>";
    svg.replacen("</title>", &format!("</title>{style}"), 1)
}

/// How often predictions are right by how sure they are: a bar of the 95 % interval through each bin, the diagonal for what is wanted.
///
/// # Errors
/// When the plot cannot be drawn.
pub fn reliability(systems: &[(&str, &[ReliabilityBin])]) -> Result<String, PlotError> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        let lowest = systems
            .iter()
            .flat_map(|(_, bins)| bins.iter())
            .map(|bin| bin.confidence.min(bin.ci95[0]))
            .fold(0.95, f64::min);
        let from = (lowest * 10.0).floor() / 10.0;
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(42)
            .y_label_area_size(50)
            .build_cartesian_2d(from..1.0, from..1.0)
            .map_err(failed)?;
        axes(&mut chart, "confidence", "share right")?;
        chart
            .draw_series(LineSeries::new([(from, from), (1.0, 1.0)], INK.mix(0.45).stroke_width(1)))
            .map_err(failed)?;
        for (at, (_, bins)) in systems.iter().enumerate() {
            let colour = SERIES[at % SERIES.len()];
            for bin in *bins {
                let bar = [(bin.confidence, bin.ci95[0]), (bin.confidence, bin.ci95[1])];
                chart.draw_series(LineSeries::new(bar, colour.mix(0.5).stroke_width(2))).map_err(failed)?;
            }
            let points = || bins.iter().map(|bin| (bin.confidence, bin.accuracy));
            chart.draw_series(LineSeries::new(points(), colour.stroke_width(2))).map_err(failed)?;
            chart.draw_series(points().map(|point| Circle::new(point, 4, colour.filled()))).map_err(failed)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(finish(&svg, "Reliability: share right by confidence", WIDTH, HEIGHT))
}

/// Accuracy of the surest rows, by the share of rows that are answered.
///
/// # Errors
/// When the plot cannot be drawn.
pub fn coverage(systems: &[(&str, &[CoveragePoint])]) -> Result<String, PlotError> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        // The very first rows jump about: the scale follows the rest.
        let lowest = systems
            .iter()
            .flat_map(|(_, points)| points.iter())
            .filter(|point| point.coverage >= 0.05)
            .map(|point| point.accuracy)
            .fold(0.95, f64::min);
        let from = ((lowest * 10.0).floor() / 10.0).max(0.0);
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(42)
            .y_label_area_size(50)
            .build_cartesian_2d(0.0..1.0, from..1.0)
            .map_err(failed)?;
        axes(&mut chart, "share of rows answered", "accuracy")?;
        for (at, (_, points)) in systems.iter().enumerate() {
            let shown = points.iter().map(|point| (point.coverage, point.accuracy.max(from)));
            chart.draw_series(LineSeries::new(shown, SERIES[at % SERIES.len()].stroke_width(2))).map_err(failed)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(finish(&svg, "Coverage and accuracy", WIDTH, HEIGHT))
}

type Chart<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

fn axes(chart: &mut Chart<'_, '_>, across: &str, up: &str) -> Result<(), PlotError> {
    let text = FONT.into_font().color(&INK);
    chart
        .configure_mesh()
        .x_desc(across)
        .y_desc(up)
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&|value| format!("{value:.1}"))
        .y_label_formatter(&|value| format!("{value:.2}"))
        .label_style(text.clone())
        .axis_desc_style(text)
        .axis_style(INK.mix(0.6))
        .bold_line_style(INK.mix(0.14))
        .light_line_style(TRANSPARENT)
        .draw()
        .map_err(failed)
}

/// Counts of true (down) and predicted (across) labels; the darker, the larger the share of the true label.
///
/// # Errors
/// When the plot cannot be drawn.
pub fn confusion(counts: &Confusion) -> Result<String, PlotError> {
    let labels: Vec<String> = counts.labels.iter().map(|label| shortened(&label.replace('_', " "))).collect();
    let n = i32::try_from(labels.len()).map_err(failed)?;
    let cell = (340 / n.max(1)).clamp(26, 64);
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let margin = i32::try_from(longest).map_err(failed)? * 8 + 40;
    let (width, height) = (margin + n * cell + 12, margin + n * cell + 12);
    let size = (width.unsigned_abs(), height.unsigned_abs());
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let style = |size: u32, h: HPos| ("sans-serif", size).into_font().color(&INK).pos(Pos::new(h, VPos::Center));
        let turned = ("sans-serif", 14)
            .into_font()
            .transform(FontTransform::Rotate270)
            .color(&INK)
            .pos(Pos::new(HPos::Left, VPos::Center));
        let axis = |text: &str, at: (i32, i32), style: TextStyle<'_>| {
            root.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
        };
        axis("predicted", (margin + n * cell / 2, 12), style(13, HPos::Center))?;
        let upright = ("sans-serif", 13)
            .into_font()
            .transform(FontTransform::Rotate270)
            .color(&INK)
            .pos(Pos::new(HPos::Center, VPos::Center));
        axis("true", (12, margin + n * cell / 2), upright)?;
        for ((row, label), line) in (0..).zip(&labels).zip(&counts.rows) {
            let y = margin + row * cell;
            axis(label, (margin - 6, y + cell / 2), style(14, HPos::Right))?;
            axis(label, (margin + row * cell + cell / 2, margin - 6), turned.clone())?;
            let all: u64 = line.iter().sum();
            for (column, count) in (0..).zip(line) {
                let x = margin + column * cell;
                let share = if all == 0 { 0.0 } else { *count as f64 / all as f64 };
                let corners = [(x + 1, y + 1), (x + cell - 1, y + cell - 1)];
                let fill = SERIES[0].mix(0.06 + 0.74 * share).filled();
                root.draw(&Rectangle::new(corners, fill)).map_err(failed)?;
                if *count > 0 {
                    let size = if cell < 34 { 11 } else { 14 };
                    axis(&count.to_string(), (x + cell / 2, y + cell / 2), style(size, HPos::Center))?;
                }
            }
        }
        root.present().map_err(failed)?;
    }
    Ok(finish(&svg, "Confusion: true labels down, predicted across", size.0, size.1))
}

/// A figure with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// The figure, not negative.
    pub value: f64,
    /// Bounds of its 95 % interval.
    pub ci95: [f64; 2],
    /// Which colour it has: the same number, the same colour.
    pub series: usize,
}

/// Horizontal bars from 0 with their values and intervals, in the order given.
///
/// # Errors
/// When the plot cannot be drawn.
pub fn bars(bars: &[Bar], title: &str) -> Result<String, PlotError> {
    const LINE: i32 = 30;
    const LEFT: i32 = 190;
    const LENGTH: i32 = 380;
    let count = i32::try_from(bars.len()).map_err(failed)?;
    let size = ((LEFT + LENGTH + 90).unsigned_abs(), (count * LINE + 40).unsigned_abs());
    let most = bars.iter().map(|bar| bar.ci95[1].max(bar.value)).fold(f64::MIN_POSITIVE, f64::max);
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and the length")]
    let across = |value: f64| LEFT + (f64::from(LENGTH) * (value / most).clamp(0.0, 1.0)).round() as i32;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let style = |h: HPos| ("sans-serif", 14).into_font().color(&INK).pos(Pos::new(h, VPos::Center));
        let text = |text: &str, at: (i32, i32), style: TextStyle<'_>| {
            root.draw(&Text::new(text.to_owned(), at, style)).map_err(failed)
        };
        text(title, (LEFT, 16), style(HPos::Left))?;
        for (at, bar) in (0..).zip(bars) {
            let y = 32 + at * LINE;
            text(&bar.label, (LEFT - 8, y + LINE / 2), style(HPos::Right))?;
            let fill = SERIES[bar.series % SERIES.len()].mix(0.8).filled();
            root.draw(&Rectangle::new([(LEFT, y + 5), (across(bar.value), y + LINE - 5)], fill)).map_err(failed)?;
            let [low, high] = bar.ci95.map(across);
            let middle = y + LINE / 2;
            root.draw(&PathElement::new([(low, middle), (high, middle)], INK.stroke_width(2))).map_err(failed)?;
            let figure = if bar.value < 10.0 { format!("{:.2}", bar.value) } else { format!("{:.0}", bar.value) };
            text(&figure, (high.max(across(bar.value)) + 6, middle), style(HPos::Left))?;
        }
        root.present().map_err(failed)?;
    }
    Ok(finish(&svg, title, size.0, size.1))
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= 22 {
        return label.to_owned();
    }
    label.chars().take(21).chain(['…']).collect()
}

/// Colour of a system in the plots, as CSS.
pub(super) fn colour(at: usize) -> String {
    let RGBColor(r, g, b) = SERIES[at % SERIES.len()];
    format!("rgb({r},{g},{b})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plots_are_whole_and_take_the_colour_of_text() {
        let bins =
            [0.6, 0.8, 0.95].map(|p| ReliabilityBin { confidence: p, accuracy: p - 0.1, ci95: [p - 0.2, p], rows: 9 });
        let points =
            [0.2, 0.6, 1.0].map(|c| CoveragePoint { coverage: c, accuracy: 1.0 - c / 5.0, threshold: 1.0 - c });
        let counts =
            Confusion { labels: vec!["a<b".into(), "no_explicit_reproach".into()], rows: vec![vec![3, 1], vec![0, 0]] };
        for svg in [
            reliability(&[("m", &bins)]).unwrap(),
            coverage(&[("m", &points), ("n", &points)]).unwrap(),
            confusion(&counts).unwrap(),
            bars(&[Bar { label: "a<b".into(), value: 3.0, ci95: [2.0, 4.0], series: 5 }], "speed").unwrap(),
        ] {
            assert!(svg.starts_with("<svg viewBox=") && svg.trim_end().ends_with("</svg>"), "{svg}");
            assert!(svg.contains("currentColor") && !svg.contains("#010203"));
            assert!(!svg.contains("a<b") && !svg.contains("NaN"));
            assert!(standalone(&svg).contains("prefers-color-scheme"));
        }
        assert!(reliability(&[("m", &[])]).is_ok() && coverage(&[]).is_ok());
    }

    #[test]
    fn markup_in_text_is_no_markup() {
        assert_eq!(escape("<b a=\"1\">&'\u{1b}[0m"), "&lt;b a=&quot;1&quot;&gt;&amp;&#39; [0m");
    }
}
