"""The respondents' own door, where no web ACL is asked for; and the two addresses that a stage then has."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.cdk.refusals import REFUSALS
from infra.cdk.stages import read
from respond.app import app as respond_app
from tests.infra.conftest import Template, target
from tests.infra.staging import apart


def survey_routes(made: Template) -> set[str]:
    """Return the paths of the REST API that lead to surveys, as its resources name them."""
    parts = {each["PathPart"] for each in made.of("ApiGateway::Resource").values()}
    return parts & {"s", "t", "i", "u", "p"}


def one(made: Template, kind: str) -> dict[str, Any]:
    (found,) = made.of(kind).values()
    return dict(found)


def test_the_door_has_the_routes_of_the_app_and_hands_all_else_to_it_too(template: Template) -> None:
    routes = template.of("ApiGatewayV2::Route").values()
    declared = {f"{method} {path}" for path, methods in respond_app.routes.items() for method in methods}

    keys = [each["RouteKey"] for each in routes]
    assert sorted(keys) == sorted({*declared, *(f"ANY {path}" for path in respond_app.routes), "$default"})
    assert {each["AuthorizationType"] for each in routes} == {"NONE"}
    integration = one(template, "ApiGatewayV2::Integration")
    alias = template.resources[target(integration["IntegrationUri"])]["Properties"]
    function = template.resources[target(alias["FunctionName"])]["Properties"]
    assert (integration["PayloadFormatVersion"], alias["Name"]) == ("2.0", "live")
    assert function["Handler"] == "respond.app.app"


def test_the_door_is_throttled_as_the_other_api_and_logs_no_path(template: Template) -> None:
    stage = one(template, "ApiGatewayV2::Stage")
    logged = json.loads(stage["AccessLogSettings"]["Format"])

    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert stage["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 2000, "ThrottlingRateLimit": 1000}
    rest = json.loads(template.one("ApiGateway::Stage", "Api")["AccessLogSetting"]["Format"])
    assert logged == rest | {"route": "$context.routeKey"}
    assert "path" not in json.dumps(logged).lower()


def test_with_a_web_acl_respondents_stay_behind_it(checked: Template, template: Template) -> None:
    assert checked.of("ApiGatewayV2::Api") == {}
    assert len(checked.of("WAFv2::WebACLAssociation")) == 1
    assert "OutDoorUrl" not in checked.whole["Outputs"]
    for made in (checked, template):  # links that were sent before there was a door go on working
        assert survey_routes(made) == {"s", "t", "i", "u", "p"}


def variables(made: Template, handler: str) -> dict[str, Any]:
    (found,) = (each for each in made.of("Lambda::Function").values() if each["Handler"] == handler)
    return dict(found["Environment"]["Variables"])


def api(address: Any) -> str:
    """Return the id of the API whose own address it is, when nobody named another one."""
    return str(address["Fn::If"][2]["Fn::Join"][1][1]["Ref"])


@pytest.mark.parametrize("handler", ["respond.app.app", "console.app.handler", "distribute.deliver.handler"])
def test_links_point_to_the_door_and_people_of_the_house_to_the_other_api(
    template: Template, checked: Template, handler: str
) -> None:
    (door,), (rest,) = template.of("ApiGatewayV2::Api"), template.of("ApiGateway::RestApi")
    told = variables(template, handler)
    assert (api(told["ESCUTA_PUBLIC_URL"]), api(told["ESCUTA_HOUSE_URL"])) == (door, rest)

    (rest,) = checked.of("ApiGateway::RestApi")
    told = variables(checked, handler)
    assert {api(told["ESCUTA_PUBLIC_URL"]), api(told["ESCUTA_HOUSE_URL"])} == {rest}


def test_who_signs_in_by_a_provider_and_who_uploads_comes_from_the_house(doored: Template) -> None:
    client = doored.one("Cognito::UserPoolClient", "FederationClient")
    (callback,) = client["CallbackURLs"]
    assert callback["Fn::Join"][1][0]["Fn::If"][:2] == ["IsHouseUrlTold", {"Ref": "HouseUrl"}]
    origins = [
        rule["AllowedOrigins"]
        for bucket in doored.of("S3::Bucket").values()
        for rule in bucket.get("CorsConfiguration", {}).get("CorsRules", ())
    ]
    assert len(origins) == 2
    assert all(each[0]["Fn::If"][0] == "IsHouseUrlTold" for each in origins)


def test_each_api_has_its_name_with_a_certificate_and_records(doored: Template) -> None:
    links, house = one(doored, "ApiGatewayV2::DomainName"), one(doored, "ApiGateway::DomainName")
    (settings,) = links["DomainNameConfigurations"]
    mapping = one(doored, "ApiGatewayV2::ApiMapping")
    records = doored.of("Route53::RecordSet").values()
    certificates = {each["DomainName"]: each["ValidationMethod"] for each in doored.of(CERTIFICATE).values()}

    assert (links["DomainName"], settings["SecurityPolicy"]) == ("fala.aurora.example", "TLS_1_2")
    assert (house["DomainName"], house["SecurityPolicy"]) == ("cx.aurora.example", "TLS_1_2")
    assert target(mapping["ApiId"]) in doored.of("ApiGatewayV2::Api")
    assert certificates == {"fala.aurora.example": "DNS", "cx.aurora.example": "DNS"}
    for name in certificates:
        assert {each["Type"] for each in records if each["Name"] == f"{name}."} == {"A", "AAAA"}
    asked = doored.whole["Parameters"]
    assert asked["PublicUrl"]["Default"] == "https://fala.aurora.example"
    assert asked["HouseUrl"]["Default"] == "https://cx.aurora.example"


CERTIFICATE = "CertificateManager::Certificate"
DOMAIN = 'domain = "fala.aurora.example"'


@pytest.mark.parametrize(
    ("text", "house"),
    [
        (apart(), "https://cx.aurora.example"),
        (apart().replace('console = "cx.aurora.example"', ""), ""),
        (
            apart().replace('console = "cx.aurora.example"', "").replace('"off"', '"count"'),
            "https://fala.aurora.example",
        ),
        (apart().replace('"off"', '"count"'), "https://cx.aurora.example"),
    ],
)
def test_the_console_is_where_the_stage_says_and_never_at_the_door(tmp_path: Path, text: str, house: str) -> None:
    (tmp_path / "apart.toml").write_text(text)
    answers = read("apart", tmp_path).answers()

    assert (answers["PublicUrl"], answers["HouseUrl"]) == ("https://fala.aurora.example", house)


def test_the_api_of_the_house_still_refuses_in_three_languages(template: Template) -> None:
    assert len(template.of("ApiGateway::GatewayResponse")) == len(REFUSALS)
