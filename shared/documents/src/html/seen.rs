//! What of a page its readers see: not the frame around the text, and nothing that is hidden.

use super::tree::Tree;

/// Elements that are no text of the page, wherever they stand. What is struck out holds no longer.
const NEVER: [&str; 36] = [
    "script", "style", "noscript", "template", "head", "title", "nav", "aside", "input", "button",
    "select", "textarea", "option", "optgroup", "datalist", "output", "progress", "meter",
    "iframe", "object", "embed", "svg", "math", "canvas", "audio", "video", "map", "rp", "rt",
    "noframes", "noembed", "del", "s", "strike", "frameset", "footer",
];

/// What assistive technology is told to be outside the text (WAI-ARIA 1.2, landmarks).
const FRAME_ROLES: [&str; 5] = [
    "navigation",
    "banner",
    "contentinfo",
    "search",
    "complementary",
];

/// Whether an element is left out with all that is in it. A `header` is the page's own only outside
/// of its main part, where it holds the article's heading.
pub(super) fn is_left_out(tree: &Tree, at: usize, in_main: bool) -> bool {
    let name = tree.name(at);
    NEVER.contains(&name)
        || (name == "header" && !in_main)
        || (name == "dialog" && tree.attribute(at, "open").is_none())
        || tree
            .attribute(at, "role")
            .is_some_and(|role| FRAME_ROLES.contains(&role.trim()))
        || is_hidden(tree, at)
}

fn is_hidden(tree: &Tree, at: usize) -> bool {
    tree.attribute(at, "hidden").is_some()
        || tree
            .attribute(at, "aria-hidden")
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
        || tree.attribute(at, "style").is_some_and(style_hides)
}

/// Whether a `style` attribute makes its element invisible. One with escapes or remarks in it hides
/// what it says, so it is taken to hide its element too.
fn style_hides(style: &str) -> bool {
    if style.contains('\\') || style.contains("/*") {
        return true;
    }
    style.to_ascii_lowercase().split(';').any(|declaration| {
        let Some((property, value)) = declaration.split_once(':') else {
            return false;
        };
        let value = value.replace("!important", "");
        let value = value.trim();
        match property.trim() {
            "display" => value == "none",
            "visibility" => matches!(value, "hidden" | "collapse"),
            "content-visibility" => value == "hidden",
            "font-size" | "opacity" | "max-height" | "max-width" => is_zero(value),
            "color" => value == "transparent",
            "mso-hide" => value == "all",
            _ => false,
        }
    })
}

fn is_zero(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    number
        .trim()
        .parse::<f64>()
        .is_ok_and(|number| number <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::style_hides;

    #[test]
    fn styles_that_hide_are_known() {
        for style in [
            "display:none",
            "Display : NONE !important",
            "color:red; visibility: hidden",
            "font-size:0px",
            "font-size: 0",
            "opacity: .0",
            "opacity:0%",
            "disp/**/lay:none",
            r"d\69splay:none",
        ] {
            assert!(style_hides(style), "{style}");
        }
        for style in ["display:block", "font-size:0.9em", "opacity:.5", "margin:0"] {
            assert!(!style_hides(style), "{style}");
        }
    }
}
