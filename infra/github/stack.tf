# What a run does itself: it uploads, and tells CloudFormation what to change.

locals {
  account = data.aws_caller_identity.this.account_id
  arn     = "arn:${data.aws_partition.this.partition}"
  here    = "${data.aws_region.this.region}:${local.account}"
}

data "aws_iam_policy_document" "stack" {
  #checkov:skip=CKV_AWS_356:What reads a template names no resource.
  statement {
    sid = "Stack"
    actions = [
      "cloudformation:CancelUpdateStack",
      "cloudformation:ContinueUpdateRollback",
      "cloudformation:CreateChangeSet",
      "cloudformation:DeleteChangeSet",
      "cloudformation:DescribeChangeSet",
      "cloudformation:DescribeStackEvents",
      "cloudformation:DescribeStackResource",
      "cloudformation:DescribeStackResources",
      "cloudformation:DescribeStacks",
      "cloudformation:ExecuteChangeSet",
      "cloudformation:GetTemplate",
      "cloudformation:ListChangeSets",
      "cloudformation:ListStackResources",
      "cloudformation:RollbackStack",
    ]
    resources = ["${local.arn}:cloudformation:${local.here}:stack/${var.stack_name}/*"]
  }

  statement {
    sid       = "Sam"
    actions   = ["cloudformation:CreateChangeSet"]
    resources = ["${local.arn}:cloudformation:${data.aws_region.this.region}:aws:transform/Serverless-2016-10-31"]
  }

  # Where sam looks for the bucket that it made at the first deployment.
  statement {
    sid       = "SamsOwnStack"
    actions   = ["cloudformation:DescribeStacks"]
    resources = ["${local.arn}:cloudformation:${local.here}:stack/aws-sam-cli-managed-default/*"]
  }

  statement {
    sid       = "Template"
    actions   = ["cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate"]
    resources = ["*"]
  }

  statement {
    sid       = "Bucket"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = ["${local.arn}:s3:::${var.artifacts_bucket}"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [local.account]
    }
  }

  statement {
    sid       = "Artifacts"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.arn}:s3:::${var.artifacts_bucket}/${var.stack_name}/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceAccount"
      values   = [local.account]
    }
  }

  dynamic "statement" {
    for_each = var.migrates ? [1] : []

    content {
      sid       = "Ledger"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = ["${local.arn}:secretsmanager:${local.here}:secret:${var.stack_name}/database-??????"]
    }
  }
}
