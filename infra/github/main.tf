# Who may deploy from GitHub, without a stored key: a run of the repository in a named environment shows a token of
# GitHub's, and takes a role that may change one stack.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

locals {
  issuer = "token.actions.githubusercontent.com"

  provider = var.has_provider ? data.aws_iam_openid_connect_provider.github[0].arn : aws_iam_openid_connect_provider.github[0].arn
}

data "aws_iam_openid_connect_provider" "github" {
  count = var.has_provider ? 1 : 0

  url = "https://${local.issuer}"
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.has_provider ? 0 : 1

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    # Whole subjects, no pattern: a pull request, another branch's run without the environment, and every other
    # repository have other ones.
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = [for environment in var.environments : "repo:${var.repository}:environment:${environment}"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name = "deploy-${var.stack_name}"
  # A path of its own keeps it out of what it may itself change: role/<stack>-*.
  path                 = "/deploy/"
  description          = "Deploys ${var.stack_name} from ${var.repository}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "stack" {
  name   = "stack"
  role   = aws_iam_role.deploy.id
  policy = data.aws_iam_policy_document.stack.json
}

resource "aws_iam_role_policy" "resources" {
  name   = "resources"
  role   = aws_iam_role.deploy.id
  policy = data.aws_iam_policy_document.resources.json
}
