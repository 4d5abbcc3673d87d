//! Search domains: Odoo's conditions in prefix notation, over the records in memory.

use serde_json::Value;

use super::error::OdooError;
use super::records::Records;

/// Whether a record meets every term of a domain.
pub(super) fn meets(
    records: &Records,
    of: &'static str,
    id: i64,
    domain: &[Value],
) -> Result<bool, OdooError> {
    let mut rest = domain.iter();
    let mut all = true;
    while rest.len() > 0 {
        all &= term(records, of, id, &mut rest)?;
    }
    Ok(all)
}

/// Whether a domain speaks of this field itself.
pub(super) fn mentions(domain: &[Value], field: &str) -> bool {
    domain
        .iter()
        .any(|term| term.get(0).is_some_and(|name| name == field))
}

fn term<'a>(
    records: &Records,
    of: &'static str,
    id: i64,
    rest: &mut impl Iterator<Item = &'a Value>,
) -> Result<bool, OdooError> {
    let malformed = || OdooError::value("Domain is malformed");
    let next = rest.next().ok_or_else(malformed)?;
    match next {
        Value::String(sign) if sign == "&" => {
            Ok(term(records, of, id, rest)? & term(records, of, id, rest)?)
        }
        Value::String(sign) if sign == "|" => {
            Ok(term(records, of, id, rest)? | term(records, of, id, rest)?)
        }
        Value::String(sign) if sign == "!" => Ok(!term(records, of, id, rest)?),
        Value::Array(leaf) => match leaf.as_slice() {
            [Value::String(path), Value::String(operator), wanted] => {
                compare(&values(records, of, id, path)?, operator, wanted)
            }
            _ => Err(malformed()),
        },
        _ => Err(malformed()),
    }
}

/// All values that a dotted path leads to from a record.
fn values(
    records: &Records,
    of: &'static str,
    id: i64,
    path: &str,
) -> Result<Vec<Value>, OdooError> {
    let (name, further) = match path.split_once('.') {
        Some((name, further)) => (name, Some(further)),
        None => (path, None),
    };
    let value = records.value(of, id, name)?;
    let Some(further) = further else {
        return Ok(match value {
            // Without related records a relation equals `false`.
            Value::Array(none) if none.is_empty() => vec![false.into()],
            Value::Array(many) => many,
            one => vec![one],
        });
    };
    let next = records
        .model(of)
        .ok()
        .and_then(|model| model.field(name))
        .and_then(|field| field.kind.leads_to())
        .ok_or_else(|| OdooError::no_field(path, of))?;
    let ids = match value {
        Value::Array(many) => many,
        one => vec![one],
    };
    let mut found = vec![];
    for id in ids.iter().filter_map(Value::as_i64) {
        found.extend(values(records, next, id, further)?);
    }
    Ok(found)
}

fn compare(values: &[Value], operator: &str, wanted: &Value) -> Result<bool, OdooError> {
    let any = |test: &dyn Fn(&Value) -> bool| values.iter().any(test);
    let listed = |value: &Value| wanted.as_array().is_some_and(|list| list.contains(value));
    Ok(match operator {
        "=" => any(&|v| v == wanted),
        "!=" => !any(&|v| v == wanted),
        "in" => any(&listed),
        "not in" => !any(&listed),
        "<" => any(&|v| order(v, wanted).is_some_and(std::cmp::Ordering::is_lt)),
        "<=" => any(&|v| order(v, wanted).is_some_and(std::cmp::Ordering::is_le)),
        ">" => any(&|v| order(v, wanted).is_some_and(std::cmp::Ordering::is_gt)),
        ">=" => any(&|v| order(v, wanted).is_some_and(std::cmp::Ordering::is_ge)),
        "ilike" => any(&|v| contains(v, wanted)),
        "=ilike" => any(&|v| is_like(v, wanted)),
        _ => {
            return Err(OdooError::value(format!(
                "Invalid operator {operator:?} in domain term"
            )));
        }
    })
}

fn order(value: &Value, wanted: &Value) -> Option<std::cmp::Ordering> {
    match (value, wanted) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Some(a.as_i64()?.cmp(&b.as_i64()?)),
        _ => None,
    }
}

/// SQL's pattern over the whole text, whatever the case: `%` is any text, `_` any one sign.
fn is_like(value: &Value, wanted: &Value) -> bool {
    fn fits(text: &[char], pattern: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['%', rest @ ..] => (0..=text.len()).any(|from| fits(&text[from..], rest)),
            ['_', rest @ ..] => !text.is_empty() && fits(&text[1..], rest),
            ['\\', sign, rest @ ..] | [sign, rest @ ..] => {
                text.first() == Some(sign) && fits(&text[1..], rest)
            }
        }
    }
    let signs = |value: &Value| -> Option<Vec<char>> {
        Some(value.as_str()?.to_lowercase().chars().collect())
    };
    match (signs(value), signs(wanted)) {
        (Some(text), Some(pattern)) => fits(&text, &pattern),
        _ => false,
    }
}

fn contains(value: &Value, wanted: &Value) -> bool {
    let (Some(text), Some(part)) = (value.as_str(), wanted.as_str()) else {
        return false;
    };
    text.to_lowercase().contains(&part.to_lowercase())
}
