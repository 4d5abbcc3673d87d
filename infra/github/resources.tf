# What CloudFormation may do for a run, and a run may not do itself: every statement asks that the call came through
# CloudFormation. What it calls for which resource stands in the schemas of its resource types. Names begin with the
# stack's. There is nothing here that reads a secret, a mail or a document.
#
# Functions must have roles, so a run can make roles below the stack's name, and give them what rights it likes. So
# whoever may approve a deployment has in effect what the functions could be given; the environment's reviewers are
# the guard. A permissions boundary for the functions would be a tighter one, and the template has none.

locals {
  prefix = var.stack_name

  # What SAM attaches to the roles of functions and of CodeDeploy. Nothing else can be attached.
  attached = concat(
    [
      "AWSLambdaBasicExecutionRole",
      "AWSLambdaSQSQueueExecutionRole",
      "AWSCodeDeployRoleForLambda",
    ],
    var.functions_in_vpc ? ["AWSLambdaVPCAccessExecutionRole"] : [],
  )

  # A statement by name: what, and on which resources.
  allowed = {
    Functions = {
      actions = [
        "lambda:AddPermission",
        "lambda:CreateAlias",
        "lambda:CreateFunction",
        "lambda:CreateFunctionUrlConfig",
        "lambda:DeleteAlias",
        "lambda:DeleteFunction",
        "lambda:DeleteFunctionConcurrency",
        "lambda:DeleteFunctionUrlConfig",
        "lambda:GetAlias",
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionConfiguration",
        "lambda:GetFunctionRecursionConfig",
        "lambda:GetFunctionScalingConfig",
        "lambda:GetFunctionUrlConfig",
        "lambda:GetPolicy",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:GetRuntimeManagementConfig",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
        "lambda:PublishVersion",
        "lambda:PutFunctionConcurrency",
        "lambda:RemovePermission",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateAlias",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionUrlConfig",
      ]
      resources = ["${local.arn}:lambda:${local.here}:function:${local.prefix}-*"]
    }

    Queues = {
      actions = [
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ListQueueTags",
        "sqs:SetQueueAttributes",
        "sqs:TagQueue",
        "sqs:UntagQueue",
      ]
      resources = ["${local.arn}:sqs:${local.here}:${local.prefix}-*"]
    }

    Topics = {
      actions = [
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:GetDataProtectionPolicy",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "sns:ListTagsForResource",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
        "sns:TagResource",
        "sns:UntagResource",
      ]
      resources = ["${local.arn}:sns:${local.here}:${local.prefix}-*"]
    }

    Roles = {
      actions = [
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ]
      resources = ["${local.arn}:iam::${local.account}:role/${local.prefix}-*"]
    }

    Schedules = {
      actions = [
        "scheduler:CreateSchedule",
        "scheduler:DeleteSchedule",
        "scheduler:GetSchedule",
        "scheduler:UpdateSchedule",
      ]
      resources = ["${local.arn}:scheduler:${local.here}:schedule/default/${local.prefix}-*"]
    }

    # Made and described, never read. CloudFormation reads one only where a template gives it a value.
    Secrets = {
      actions = [
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:TagResource",
        "secretsmanager:UntagResource",
        "secretsmanager:UpdateSecret",
      ]
      resources = ["${local.arn}:secretsmanager:${local.here}:secret:${local.prefix}/*"]
    }

    # Buckets, not what is in them.
    Buckets = {
      actions = [
        "s3:CreateBucket",
        "s3:DeleteBucketPolicy",
        "s3:Get*Configuration",
        "s3:GetBucket*",
        "s3:ListBucket",
        "s3:ListTagsForResource",
        "s3:PutBucketNotification",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketTagging",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:TagResource",
        "s3:UntagResource",
      ]
      resources = ["${local.arn}:s3:::${local.prefix}-*-${local.account}"]
    }

    Logs = {
      actions = [
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:DeleteRetentionPolicy",
        "logs:DescribeIndexPolicies",
        "logs:GetDataProtectionPolicy",
        "logs:ListTagsForResource",
        "logs:PutRetentionPolicy",
        "logs:TagResource",
        "logs:UntagResource",
      ]
      resources = [
        "${local.arn}:logs:${local.here}:log-group:/helpdesk/${local.prefix}",
        "${local.arn}:logs:${local.here}:log-group:/helpdesk/${local.prefix}:*",
      ]
    }

    Alarms = {
      actions = [
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DeleteDashboards",
        "cloudwatch:GetDashboard",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:PutDashboard",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
      ]
      resources = [
        "${local.arn}:cloudwatch:${local.here}:alarm:${local.prefix}-*",
        "${local.arn}:cloudwatch::${local.account}:dashboard/${local.prefix}",
      ]
    }

    # A key's name is known only once it is made.
    Keys = {
      actions = [
        "kms:CreateKey",
        "kms:DescribeKey",
        "kms:EnableKeyRotation",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListResourceTags",
        "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:UpdateKeyDescription",
      ]
      resources = ["*"]
    }

    # For deployments that shift traffic bit by bit.
    Shifts = {
      actions = [
        "codedeploy:CreateApplication",
        "codedeploy:CreateDeployment",
        "codedeploy:CreateDeploymentGroup",
        "codedeploy:DeleteApplication",
        "codedeploy:DeleteDeploymentGroup",
        "codedeploy:GetApplication",
        "codedeploy:GetApplicationRevision",
        "codedeploy:GetDeployment",
        "codedeploy:GetDeploymentConfig",
        "codedeploy:GetDeploymentGroup",
        "codedeploy:ListDeployments",
        "codedeploy:ListTagsForResource",
        "codedeploy:RegisterApplicationRevision",
        "codedeploy:StopDeployment",
        "codedeploy:TagResource",
        "codedeploy:UntagResource",
        "codedeploy:UpdateDeploymentGroup",
      ]
      resources = [
        "${local.arn}:codedeploy:${local.here}:application:${local.prefix}-*",
        "${local.arn}:codedeploy:${local.here}:deploymentgroup:${local.prefix}-*/*",
        "${local.arn}:codedeploy:${local.here}:deploymentconfig:*",
      ]
    }

    # Calls that name no resource, or one whose name is not known before.
    Others = {
      actions = concat(
        [
          "cloudwatch:DescribeAlarms",
          "lambda:GetEventSourceMapping",
          "logs:DescribeLogGroups",
          "logs:DescribeResourcePolicies",
          "sns:GetSubscriptionAttributes",
          "sns:SetSubscriptionAttributes",
          "sns:Unsubscribe",
        ],
        var.functions_in_vpc ? [
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeVpcs",
        ] : [],
      )
      resources = ["*"]
    }
  }

  # The same, with one thing more that must hold.
  allowed_if = {
    Sources = {
      actions = [
        "lambda:CreateEventSourceMapping",
        "lambda:DeleteEventSourceMapping",
        "lambda:UpdateEventSourceMapping",
      ]
      resources = ["*"]
      test      = "ArnLike"
      variable  = "lambda:FunctionArn"
      values    = ["${local.arn}:lambda:${local.here}:function:${local.prefix}-*"]
    }

    Attach = {
      actions   = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
      resources = ["${local.arn}:iam::${local.account}:role/${local.prefix}-*"]
      test      = "ArnEquals"
      variable  = "iam:PolicyARN"
      values    = [for name in local.attached : "${local.arn}:iam::aws:policy/service-role/${name}"]
    }

    Pass = {
      actions   = ["iam:PassRole"]
      resources = ["${local.arn}:iam::${local.account}:role/${local.prefix}-*"]
      test      = "StringEquals"
      variable  = "iam:PassedToService"
      values    = ["codedeploy.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "resources" {
  #checkov:skip=CKV_AWS_109:Only through CloudFormation, and only on roles, functions and buckets below the stack's name.
  #checkov:skip=CKV_AWS_111:Only through CloudFormation. Where the resource is a wildcard AWS knows no other, or a key has no name yet.
  #checkov:skip=CKV_AWS_356:The same.
  dynamic "statement" {
    for_each = local.allowed

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources

      condition {
        test     = "ForAnyValue:StringEquals"
        variable = "aws:CalledVia"
        values   = ["cloudformation.amazonaws.com"]
      }
    }
  }

  dynamic "statement" {
    for_each = local.allowed_if

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources

      condition {
        test     = "ForAnyValue:StringEquals"
        variable = "aws:CalledVia"
        values   = ["cloudformation.amazonaws.com"]
      }

      condition {
        test     = statement.value.test
        variable = statement.value.variable
        values   = statement.value.values
      }
    }
  }
}
