//! Reading structured header fields piece by piece, without ever guessing (RFC 5322, section 3.2).

/// The text does not follow its grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// What of a field is still to be read.
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    /// Reads this character, if it comes next.
    pub(super) fn take(&mut self, wanted: char) -> bool {
        let is_next = self.peek() == Some(wanted);
        if is_next {
            self.next();
        }
        is_next
    }

    pub(super) fn expect(&mut self, wanted: char) -> Result<(), Unreadable> {
        self.take(wanted).then_some(()).ok_or(Unreadable)
    }

    /// The longest run of such characters, which may be empty.
    pub(super) fn run(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        run
    }

    /// The longest run of such characters, at least one.
    pub(super) fn some(&mut self, belongs: impl Fn(char) -> bool) -> Result<&'a str, Unreadable> {
        let run = self.run(belongs);
        (!run.is_empty()).then_some(run).ok_or(Unreadable)
    }

    /// White space, also what is left of folding (FWS in RFC 5322, section 3.2.2). Tells whether
    /// there was any.
    pub(super) fn white_space(&mut self) -> bool {
        !self.run(is_white_space).is_empty()
    }

    /// White space and comments (CFWS). Tells whether there were any.
    pub(super) fn comments(&mut self) -> Result<bool, Unreadable> {
        let mut found = self.white_space();
        while self.peek() == Some('(') {
            self.comment()?;
            self.white_space();
            found = true;
        }
        Ok(found)
    }

    /// One comment with the comments inside it.
    fn comment(&mut self) -> Result<(), Unreadable> {
        let mut depth = 0_usize;
        loop {
            match self.next().ok_or(Unreadable)? {
                '(' => depth += 1,
                ')' if depth == 1 => return Ok(()),
                ')' => depth -= 1,
                '\\' => drop(self.quoted_pair()?),
                other => readable(other).map(drop)?,
            }
        }
    }

    /// A quoted string without its quotes and quoting, if one comes next.
    pub(super) fn quoted_string(&mut self) -> Result<Option<String>, Unreadable> {
        if !self.take('"') {
            return Ok(None);
        }
        let mut content = String::new();
        loop {
            match self.next().ok_or(Unreadable)? {
                '"' => return Ok(Some(content)),
                '\\' => content.push(self.quoted_pair()?),
                '\r' | '\n' => {}
                other => content.push(readable(other)?),
            }
        }
    }

    fn quoted_pair(&mut self) -> Result<char, Unreadable> {
        match self.next().ok_or(Unreadable)? {
            '\r' | '\n' => Err(Unreadable),
            other => readable(other),
        }
    }
}

fn readable(c: char) -> Result<char, Unreadable> {
    (is_white_space(c) || !is_unreadable(c))
        .then_some(c)
        .ok_or(Unreadable)
}

/// Blanks and tabs, and the line ends of folding where a field was not unfolded.
pub(super) fn is_white_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Control characters, and what stands for octets that are no text.
pub(super) fn is_unreadable(c: char) -> bool {
    c.is_control() || c == char::REPLACEMENT_CHARACTER
}

/// `atext` (RFC 5322, section 3.2.3).
pub(super) fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// Whether a text is a domain name of letters, digits and hyphens (RFC 1123, section 2.1).
pub(super) fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_nest_and_quote() {
        let mut cursor = Cursor::new(" (a (b) \\) (c(d))) \t(e)x");
        assert_eq!(cursor.comments(), Ok(true));
        assert_eq!(cursor.peek(), Some('x'));
        assert_eq!(cursor.comments(), Ok(false));
    }

    #[test]
    fn what_is_opened_must_be_closed() {
        for text in ["(", "((a)", "(\\)", "(a\\"] {
            assert_eq!(Cursor::new(text).comments(), Err(Unreadable), "{text}");
        }
        for text in ["\"", "\"a\\\"", "\"\\", "\"a\0\"", "\"a\u{fffd}\""] {
            assert_eq!(Cursor::new(text).quoted_string(), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn a_domain_is_made_of_labels() {
        for good in ["customer.test", "a-b.c", "localhost", "1.test"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in ["", ".", "a..b", "-a.test", "a-.test", "a_b.test", "a.test."] {
            assert!(!is_domain(bad), "{bad}");
        }
        assert!(!is_domain(&"a".repeat(64)));
    }
}
