//! What the codes of a font mean: `ToUnicode` maps (ISO 32000-1, 9.10.3).
//!
//! Ranges are kept as ranges: a map of a few octets may claim four thousand million codes.

/// The longest run of text that one code may stand for, in UTF-16 units.
const LONGEST_TARGET: usize = 32;

/// Codes of one or two octets and what they stand for.
#[derive(Debug, Default)]
pub(super) struct ToUnicode {
    ranges: Vec<Range>,
}

#[derive(Debug)]
struct Range {
    first: u32,
    last: u32,
    /// UTF-16; the last unit counts up with the code.
    target: Vec<u16>,
}

enum Token<'a> {
    Code(&'a [u8]),
    Open,
    Close,
    Word(&'a [u8]),
}

impl ToUnicode {
    pub(super) fn parse(map: &[u8]) -> Self {
        let mut ranges = Vec::new();
        let mut pending: Vec<Vec<u8>> = Vec::new();
        // How many codes come before the target: one in `bfchar`, two in `bfrange`.
        let mut before = 0;
        let mut list: Option<u32> = None;
        let mut rest = map;
        while let Some((token, after)) = next(rest) {
            rest = after;
            match token {
                Token::Word(b"beginbfchar") => before = 1,
                Token::Word(b"beginbfrange") => before = 2,
                Token::Word(_) => {
                    before = 0;
                    pending.clear();
                }
                Token::Open => list = Some(0),
                Token::Close => {
                    list = None;
                    pending.clear();
                }
                Token::Code(hex) if before > 0 => {
                    pending.push(octets(hex));
                    if pending.len() > before {
                        let target = pending.pop().unwrap_or_default();
                        add(&mut ranges, &pending, list, &target);
                        match &mut list {
                            Some(index) => *index += 1,
                            None => pending.clear(),
                        }
                    }
                }
                Token::Code(_) => {}
            }
        }
        ranges.sort_by_key(|range| range.first);
        Self { ranges }
    }

    /// What a code stands for, where the map says so.
    pub(super) fn text(&self, code: u32) -> Option<String> {
        let after = self.ranges.partition_point(|range| range.first <= code);
        // Ranges overlap only in broken maps, and then by little.
        let near = &self.ranges[after.saturating_sub(8)..after];
        let range = near.iter().rev().find(|range| range.last >= code)?;
        let mut target = range.target.clone();
        if let Some(last) = target.last_mut() {
            let offset = u16::try_from((code - range.first) & 0xFFFF).unwrap_or_default();
            *last = last.wrapping_add(offset);
        }
        let text = String::from_utf16_lossy(&target);
        (!text.contains('\u{fffd}')).then_some(text)
    }
}

fn add(ranges: &mut Vec<Range>, codes: &[Vec<u8>], list: Option<u32>, target: &[u8]) {
    let number = |octets: &Vec<u8>| {
        let octets = octets.get(..octets.len().min(4)).unwrap_or_default();
        octets
            .iter()
            .fold(0u32, |sum, octet| (sum << 8) | u32::from(*octet))
    };
    let (Some(first), Some(last)) = (codes.first().map(number), codes.last().map(number)) else {
        return;
    };
    let (first, last) = match list {
        Some(index) => (first.saturating_add(index), first.saturating_add(index)),
        None => (first, last),
    };
    let mut target: Vec<u16> = target
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => u16::from(pair[0]),
        })
        .collect();
    target.truncate(LONGEST_TARGET);
    if first <= last && !target.is_empty() {
        ranges.push(Range {
            first,
            last,
            target,
        });
    }
}

fn next(map: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let start = map.iter().position(|octet| !octet.is_ascii_whitespace())?;
    let map = &map[start..];
    match map[0] {
        b'<' if map.get(1) != Some(&b'<') => {
            let end = map.iter().position(|octet| *octet == b'>')?;
            Some((Token::Code(&map[1..end]), &map[end + 1..]))
        }
        b'[' => Some((Token::Open, &map[1..])),
        b']' => Some((Token::Close, &map[1..])),
        b'%' => {
            let end = map.iter().position(|octet| *octet == b'\n')?;
            next_word(&map[end..])
        }
        _ => next_word(map),
    }
}

fn next_word(map: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let ends = |octet: &u8| octet.is_ascii_whitespace() || b"<[]".contains(octet);
    // At least one octet is taken, so the end is reached.
    let end = map
        .iter()
        .skip(1)
        .position(ends)
        .map_or(map.len(), |at| at + 1);
    (!map.is_empty()).then(|| (Token::Word(&map[..end]), &map[end..]))
}

fn octets(hex: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .iter()
        .filter_map(|digit| char::from(*digit).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::ToUnicode;

    #[test]
    fn codes_stand_for_characters_ranges_or_lists() {
        let map = ToUnicode::parse(
            b"/CIDInit begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n2 beginbfchar\n<0003> <0020>\n<0004><00660069> endbfchar 2 beginbfrange <0010> <0012> <0041>\n<0020> <0021> [<0058> <0059>] endbfrange",
        );
        let text: String = [3, 4, 0x10, 0x12, 0x20, 0x21]
            .iter()
            .filter_map(|code| map.text(*code))
            .collect();
        assert_eq!(text, " fiACXY");
        assert_eq!(map.text(5), None);
    }

    #[test]
    fn a_range_of_all_codes_costs_nothing() {
        let map = ToUnicode::parse(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange");
        assert_eq!(map.text(1).as_deref(), Some("B"));
    }
}
