//! A page as a tree, as browsers understand it, of bounded size and depth.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use html5ever::buffer_queue::BufferQueue;
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{ElemName, TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, LocalName, Namespace, QualName, TokenizerResult};

/// The most nodes of a page. A long help page has a few thousand.
const MOST_NODES: usize = 1_000_000;

/// How deep elements may lie in each other. Browsers stop nesting at 512.
const DEEPEST: usize = 512;

/// How much work attributes may be. Each is compared with all before it in its tag.
const MOST_COMPARISONS: usize = 1_000_000_000;

/// Of what there is too much for a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Elements,
    Depth,
    Attributes,
}

/// A page's nodes. The document is node 0.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Default)]
pub(super) struct Node {
    parent: Option<usize>,
    depth: usize,
    pub(super) children: Vec<usize>,
    pub(super) data: Data,
}

#[derive(Default)]
pub(super) enum Data {
    Element {
        name: QualName,
        attributes: Vec<Attribute>,
    },
    Text(String),
    /// The document, comments, instructions and what stands in templates.
    #[default]
    Other,
}

impl Tree {
    pub(super) fn parse(page: &str) -> Result<Self, Refused> {
        if comparisons(page) > MOST_COMPARISONS {
            return Err(Refused::Attributes);
        }
        let builder = TreeBuilder::new(Sink::default(), TreeBuilderOpts::default());
        let tokenizer = Tokenizer::new(Guard { builder }, TokenizerOpts::default());
        let queue = BufferQueue::default();
        queue.push_back(StrTendril::from(page));
        // A script ends a turn of the tokenizer. It is not run, so the next turn follows.
        while let TokenizerResult::Script(_) | TokenizerResult::EncodingIndicator(_) =
            tokenizer.feed(&queue)
        {}
        tokenizer.end();
        let sink = &tokenizer.sink.builder.sink;
        match sink.refused.get() {
            Some(refused) => Err(refused),
            None => Ok(Self {
                nodes: sink.nodes.take(),
            }),
        }
    }

    pub(super) fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    pub(super) fn parent(&self, at: usize) -> Option<usize> {
        self.nodes[at].parent
    }

    /// Every node, in no order that matters.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        0..self.nodes.len()
    }

    /// The element's name, empty for what is none.
    pub(super) fn name(&self, at: usize) -> &str {
        match &self.nodes[at].data {
            Data::Element { name, .. } => &name.local,
            _ => "",
        }
    }

    pub(super) fn attribute(&self, at: usize, wanted: &str) -> Option<&str> {
        let Data::Element { attributes, .. } = &self.nodes[at].data else {
            return None;
        };
        let found = attributes.iter().find(|a| &*a.name.local == wanted)?;
        Some(&found.value)
    }
}

/// An upper bound of how often attributes' names are compared: each with all before it in its tag.
/// What looks like a tag inside a script counts too, which is far from the limit.
fn comparisons(page: &str) -> usize {
    let (mut sum, mut in_tag, mut count) = (0usize, false, 0usize);
    let (mut quote, mut before) = (None, b' ');
    for octet in page.bytes() {
        if !in_tag {
            in_tag = before == b'<' && (octet.is_ascii_alphabetic() || octet == b'/');
            count = 0;
        } else if quote == Some(octet) {
            quote = None;
            count += 1;
        } else if quote.is_none() {
            match octet {
                b'>' => in_tag = false,
                b'"' | b'\'' if before == b'=' => quote = Some(octet),
                b'/' | b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => count += 1,
                _ => {}
            }
        }
        if !in_tag {
            sum = sum.saturating_add(count.saturating_mul(count));
            count = 0;
        }
        if !octet.is_ascii_whitespace() || before != b'=' {
            before = octet;
        }
    }
    sum.saturating_add(count.saturating_mul(count))
}

/// Lets tokens through to the tree until it is refused: what is too large is not built to its end.
struct Guard {
    builder: TreeBuilder<usize, Sink>,
}

impl TokenSink for Guard {
    type Handle = usize;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<usize> {
        if self.builder.sink.refused.get().is_some() {
            return TokenSinkResult::Continue;
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

struct Sink {
    nodes: RefCell<Vec<Node>>,
    refused: Cell<Option<Refused>>,
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            nodes: RefCell::new(vec![Node::default()]),
            refused: Cell::new(None),
        }
    }
}

impl Sink {
    fn add(&self, data: Data) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() >= MOST_NODES {
            self.refused.set(Some(Refused::Elements));
        }
        nodes.push(Node {
            data,
            ..Node::default()
        });
        nodes.len() - 1
    }

    fn place(&self, parent: usize, at: Option<usize>, child: NodeOrText<usize>) {
        let child = match child {
            NodeOrText::AppendNode(child) => {
                self.detach(child);
                child
            }
            NodeOrText::AppendText(text) => {
                if self.joins_text(parent, at, &text) {
                    return;
                }
                self.add(Data::Text(text.to_string()))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        let depth = nodes[parent].depth + 1;
        if depth > DEEPEST {
            self.refused.set(Some(Refused::Depth));
        }
        nodes[child].parent = Some(parent);
        nodes[child].depth = depth;
        let siblings = &mut nodes[parent].children;
        let at = at.unwrap_or(siblings.len()).min(siblings.len());
        siblings.insert(at, child);
    }

    /// Text after text is one text.
    fn joins_text(&self, parent: usize, at: Option<usize>, text: &str) -> bool {
        let mut nodes = self.nodes.borrow_mut();
        let siblings = &nodes[parent].children;
        let before = at.unwrap_or(siblings.len()).checked_sub(1);
        let Some(before) = before.and_then(|before| siblings.get(before).copied()) else {
            return false;
        };
        match &mut nodes[before].data {
            Data::Text(so_far) => {
                so_far.push_str(text);
                true
            }
            _ => false,
        }
    }

    fn detach(&self, node: usize) {
        let mut nodes = self.nodes.borrow_mut();
        let Some(parent) = nodes[node].parent.take() else {
            return;
        };
        let siblings = &mut nodes[parent].children;
        if let Some(at) = siblings.iter().rposition(|sibling| *sibling == node) {
            siblings.remove(at);
        }
    }
}

/// An element's name as the parser asks for it.
#[derive(Debug)]
pub(super) struct Name(QualName);

impl ElemName for Name {
    fn ns(&self) -> &Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &LocalName {
        &self.0.local
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = ();
    type ElemName<'a> = Name;

    fn finish(self) {}

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        0
    }

    fn elem_name(&self, target: &usize) -> Name {
        match &self.nodes.borrow()[*target].data {
            Data::Element { name, .. } => Name(name.clone()),
            _ => Name(QualName::new(
                None,
                Namespace::from(""),
                LocalName::from(""),
            )),
        }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        self.add(Data::Element { name, attributes })
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        self.add(Data::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.add(Data::Other)
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        self.place(*parent, None, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &usize,
        previous: &usize,
        child: NodeOrText<usize>,
    ) {
        let has_parent = self.nodes.borrow()[*element].parent.is_some();
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    /// A template's contents hang on nothing, so nobody reads them.
    fn get_template_contents(&self, _: &usize) -> usize {
        self.add(Data::Other)
    }

    fn same_node(&self, one: &usize, other: &usize) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        let nodes = self.nodes.borrow();
        let Some(parent) = nodes[*sibling].parent else {
            return;
        };
        let at = nodes[parent].children.iter().rposition(|c| c == sibling);
        drop(nodes);
        self.place(parent, at, child);
    }

    fn add_attrs_if_missing(&self, target: &usize, more: Vec<Attribute>) {
        if let Data::Element { attributes, .. } = &mut self.nodes.borrow_mut()[*target].data {
            for attribute in more.into_iter().take(100) {
                if !attributes.iter().any(|a| a.name == attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &usize) {
        self.detach(*target);
    }

    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let mut nodes = self.nodes.borrow_mut();
        let children = std::mem::take(&mut nodes[*node].children);
        let depth = nodes[*new_parent].depth + 1;
        for child in &children {
            nodes[*child].parent = Some(*new_parent);
            nodes[*child].depth = depth;
        }
        nodes[*new_parent].children.extend(children);
    }
}
