//! Authentication-Results (RFC 8601, section 2.2), read strictly: a field that cannot be read to its
//! end says nothing.

/// What one Authentication-Results field says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Results {
    /// Who says it, in lower case.
    pub authserv_id: String,
    pub methods: Vec<Method>,
}

/// The result of one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Method {
    /// Its name, in lower case.
    pub name: String,
    /// Its result, in lower case.
    pub result: String,
    /// Properties, as `type.name` in lower case with the value as it stands.
    pub properties: Vec<(String, String)>,
}

impl Method {
    /// The values of a property such as `header.from`.
    pub fn all<'a>(&'a self, property: &'a str) -> impl Iterator<Item = &'a str> {
        self.properties
            .iter()
            .filter(move |(name, _)| name == property)
            .map(|(_, value)| value.as_str())
    }
}

/// The authserv-id that a field begins with, where that much can be read.
pub(super) fn authserv_id(field: &str) -> Option<String> {
    let mut parser = Parser::new(field);
    parser.blank()?;
    parser.value().map(|id| id.to_lowercase())
}

/// Reads a field to its end.
pub(super) fn parse(field: &str) -> Option<Results> {
    let mut parser = Parser::new(field);
    parser.blank()?;
    let authserv_id = parser.value()?.to_lowercase();
    parser.blank()?;
    if parser.peek().is_some_and(|c| c.is_ascii_digit()) {
        parser.token()?;
        parser.blank()?;
    }
    let mut results = Results {
        authserv_id,
        methods: vec![],
    };
    while parser.take(';') {
        parser.blank()?;
        // A field may end with a semicolon, which RFC 8601 does not allow and some write.
        if parser.peek().is_none() {
            break;
        }
        if let Some(method) = parser.method()? {
            results.methods.push(method);
        }
    }
    parser.peek().is_none().then_some(results)
}

struct Parser<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

/// Comments inside each other beyond this are an attack on the reader.
const DEEPEST: usize = 20;

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.chars().peekable(),
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    /// White space and comments (CFWS). `None` where a comment does not end.
    fn blank(&mut self) -> Option<()> {
        loop {
            while self
                .rest
                .next_if(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))
                .is_some()
            {}
            if !self.take('(') {
                return Some(());
            }
            let mut depth = 1;
            while depth > 0 {
                match self.rest.next()? {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    '\\' => drop(self.rest.next()?),
                    c if is_bad(c) => return None,
                    _ => {}
                }
                if depth > DEEPEST {
                    return None;
                }
            }
        }
    }

    /// A token, or a quoted string.
    fn value(&mut self) -> Option<String> {
        if self.take('"') {
            return self.quoted();
        }
        self.token()
    }

    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(value),
                '\\' => value.push(self.rest.next()?),
                c if is_bad(c) => return None,
                c => value.push(c),
            }
        }
    }

    /// RFC 2045, section 5.1, where a slash ends it.
    fn token(&mut self) -> Option<String> {
        let mut value = String::new();
        while let Some(c) = self.rest.next_if(|c| is_token(*c)) {
            value.push(c);
        }
        (!value.is_empty()).then_some(value)
    }

    /// `method=result` with what belongs to it, or `none`, which is no method.
    fn method(&mut self) -> Option<Option<Method>> {
        let name = self.token()?.to_lowercase();
        self.blank()?;
        if name == "none" && matches!(self.peek(), None | Some(';')) {
            return Some(None);
        }
        if self.take('/') {
            self.blank()?;
            self.token()?;
            self.blank()?;
        }
        if !self.take('=') {
            return None;
        }
        self.blank()?;
        let result = self.token()?.to_lowercase();
        self.blank()?;
        let mut method = Method {
            name,
            result,
            properties: vec![],
        };
        while !matches!(self.peek(), None | Some(';')) {
            self.property(&mut method)?;
            self.blank()?;
        }
        Some(Some(method))
    }

    /// `reason=…` or `type.name=value`.
    fn property(&mut self, method: &mut Method) -> Option<()> {
        let kind = self.token_without_dot()?.to_lowercase();
        self.blank()?;
        if self.take('=') {
            self.blank()?;
            self.value()?;
            return (kind == "reason").then_some(());
        }
        if !self.take('.') {
            return None;
        }
        self.blank()?;
        let name = self.token()?.to_lowercase();
        self.blank()?;
        if !self.take('=') {
            return None;
        }
        self.blank()?;
        let value = self.property_value()?;
        method.properties.push((format!("{kind}.{name}"), value));
        Some(())
    }

    fn token_without_dot(&mut self) -> Option<String> {
        let mut value = String::new();
        while let Some(c) = self.rest.next_if(|c| is_token(*c) && *c != '.') {
            value.push(c);
        }
        (!value.is_empty()).then_some(value)
    }

    /// A value, or an address with or without its local part, of which either may be quoted.
    fn property_value(&mut self) -> Option<String> {
        let mut value = String::new();
        if self.take('"') {
            value.push_str(&self.quoted()?);
        }
        // What Gmail writes goes beyond tokens: `/`, `:` and `@` stand in ids, URLs and addresses.
        while let Some(c) = self
            .rest
            .next_if(|c| is_token(*c) || "@/:?<>[],".contains(*c))
        {
            value.push(c);
        }
        // Nothing else may hang on it.
        let ends = matches!(
            self.peek(),
            None | Some(';' | ' ' | '\t' | '\r' | '\n' | '(')
        );
        (!value.is_empty() && ends).then_some(value)
    }
}

fn is_bad(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\r' | '\n')
}

fn is_token(c: char) -> bool {
    !c.is_whitespace() && !is_bad(c) && !"()<>@,;:\\\"/[]?=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gmail_writes_is_read() {
        let field = "mx.google.com; dkim=pass header.i=@customer.test header.s=k1 header.b=\"Zm9v/=\"; \
             spf=pass (google.com: domain of a@b.test designates 192.0.2.25; as permitted (really) sender) \
             smtp.mailfrom=a@b.test; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=customer.test";
        let results = parse(field).unwrap();
        assert_eq!(results.authserv_id, "mx.google.com");
        let names: Vec<&str> = results.methods.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["dkim", "spf", "dmarc"]);
        let dmarc = &results.methods[2];
        assert_eq!(
            dmarc.all("header.from").collect::<Vec<_>>(),
            ["customer.test"]
        );
    }

    #[test]
    fn versions_and_reasons_are_read_over() {
        let field =
            "\"mx.google.com\" 1; dkim/1=pass reason=\"good; dmarc=pass\" header.d=b.test; none";
        let results = parse(field).unwrap();
        assert_eq!(results.methods.len(), 1);
        assert_eq!(results.methods[0].properties.len(), 1);
    }

    #[test]
    fn a_field_that_does_not_end_says_nothing() {
        for field in [
            "mx.google.com; dmarc=pass (comment",
            "mx.google.com; dmarc=pass header.from=\"b.test",
            "mx.google.com; dmarc",
            "mx.google.com dmarc=pass",
            "mx.google.com; dmarc=pass header.from=b.test)",
            "mx.google.com; dmarc=pass header=b.test",
            "",
        ] {
            assert_eq!(parse(field), None, "{field}");
        }
    }
}
